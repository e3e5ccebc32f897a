"""A run: recover, pull, plan, push, settle, against both simulators and a real PostgreSQL."""
