"""Who is joined to whom: connections, their configuration, their sealed tokens and secrets."""
