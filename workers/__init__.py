"""The worker processes: `arq workers.main.WorkerSettings`."""
