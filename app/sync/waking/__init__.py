"""When a run takes place: what a wake-up leads to, and the sweeper that misses nobody."""
