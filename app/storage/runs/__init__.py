"""What runs do: runs with their operations and decisions, the lease that lets one run at a time, counts of reads and removals."""
