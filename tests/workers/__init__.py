"""Rings, sweeps, leases and the worker process."""
