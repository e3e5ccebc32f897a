"""Tax as QBO works it out: codes and rates, the tax of one form, rounding."""
