"""What has moved: events taken in, the queue of changes to be looked at, when a connection is due, how far downloads have come."""
