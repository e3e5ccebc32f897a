"""The QuickBooks Online simulator, group of behaviours by group."""
