"""Questions about many records at once: put as one, kept up to date, and closed when they are settled."""
