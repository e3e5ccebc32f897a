"""The tie-out."""
