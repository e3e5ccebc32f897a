"""What the plans of all kinds share: their input, the map of ids, merging, conversion, decisions, and questions to people."""
