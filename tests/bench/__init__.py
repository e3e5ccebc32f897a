"""Benches: what the project promises of its speed and size, measured, judged, and printed for people (`make bench`)."""
