"""The Oncord simulator: its contract, its side door, its accidents."""
