"""The tests: they mirror the tree of the project, and their names are sentences of the rules."""
