"""Pictures of the console for README and guides, out of a demo that is started for them (`make screenshots`)."""
