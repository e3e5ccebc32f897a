"""How large a storm is and how long it may take: the short one of `make test`, the long one of `make chaos`."""

from dataclasses import dataclass

Span = tuple[float, float]
"""The shortest and the longest pause between two of a kind, in seconds."""


@dataclass(frozen=True, slots=True)
class Size:
    """A storm. Harm goes on until all events are acknowledged and each kind has happened as often as told."""

    connections: int
    events: int
    storm_seconds: float
    """The events are spread over so much time."""
    settle_seconds: float
    """How long the service may take to come to rest afterwards."""
    kill_every: Span
    flush_every: Span
    stop_every: Span
    kills: int
    flushes: int
    stops: int
    redis_kills: int
    quiet_seconds: float = 2
    longest_wait_seconds: float = 6
    sweep_seconds: float = 2
    request_seconds: float = 5
    """A killed worker's connections rest for three times as long."""


SHORT = Size(
    connections=10,
    events=500,
    storm_seconds=8,
    settle_seconds=120,
    kill_every=(2.0, 4.0),
    flush_every=(3.0, 5.0),
    stop_every=(4.0, 6.0),
    kills=3,
    flushes=3,
    stops=2,
    redis_kills=1,
    quiet_seconds=1,
    longest_wait_seconds=3,
    sweep_seconds=1,
    request_seconds=3,
)
LONG = Size(
    connections=50,
    events=20_000,
    storm_seconds=300,
    settle_seconds=600,
    kill_every=(8.0, 20.0),
    flush_every=(3.0, 8.0),
    stop_every=(30.0, 70.0),
    kills=12,
    flushes=9,
    stops=4,
    redis_kills=2,
)
