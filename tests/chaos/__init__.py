"""Real processes in a storm: killed, flushed and stopped while events arrive, and counted afterwards."""
