"""What a company starts with: a chart of accounts, and books as full as Intuit's own sample."""
