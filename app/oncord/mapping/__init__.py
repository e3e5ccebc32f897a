"""Oncord's records in our words and back. Pure: no call is made here."""
