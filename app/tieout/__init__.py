"""The tie-out: an independent judge of whether both sides agree to the cent, and why where they do not (law 11)."""
