"""Benchmarks that print figures, judge their bounds, and say so with their exit code: `python -m app.sandbox.bench`."""
