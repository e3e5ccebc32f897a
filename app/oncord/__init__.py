"""Oncord's door: its events, its records and its connector API, in our words inside and in its own outside."""
