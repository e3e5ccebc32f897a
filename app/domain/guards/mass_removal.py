"""The mass-delete fuse: too many removals at once wait for a person, and only they (docs/rules.md 2, I7).

A side that lies (an empty list, a wrong site, somebody's slip) must not empty the books.
"""

from dataclasses import dataclass

AT_LEAST = 10
HALF_FROM = 3


@dataclass(frozen=True, slots=True)
class Removals:
    """Removals of one kind: those planned or pending now, those carried out in the last 24 hours, and the live links."""

    pending: int
    recent: int
    links: int


def holds(removals: Removals) -> bool:
    """Whether these removals must wait: more than max(10, 5 %) of the links, or three and more that are over half."""
    total = removals.pending + removals.recent
    link_count = max(removals.links + removals.recent, 1)
    if total > max(AT_LEAST, link_count * 5 // 100):
        return True
    return total >= HALF_FROM and total * 2 > link_count
