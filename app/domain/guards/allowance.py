"""What one holder of a connection's lease leaves of the vendor's rate limits to the next."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refill:
    """Seconds until each allowance of a company is full again; 0 where it is. `paused`: seconds until any call may leave."""

    calls: float
    batches: float
    paused: float = 0
