"""Carrying out a plan: stages and batches, what their answers mean, recovery of what was never answered, and a person's decisions."""
