"""The local world of `make run` and of the tests: embedded PostgreSQL and Valkey, child processes, and the demo connection."""
