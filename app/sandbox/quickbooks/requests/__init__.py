"""What answers a call: access and limits, queries, change data capture, batches, and the one way in for writes."""
