"""Where a record stands in its life, which every plan of a kind branches by: each of these is decided about in its own way."""

from dataclasses import dataclass
from typing import ClassVar

from app.domain.model.links import Link
from app.domain.model.records import Snapshot
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord, PlanInput


@dataclass(frozen=True, slots=True)
class Unseen:
    """We were told of it and have never read it."""

    reason: ClassVar[str] = "It was never seen here, so there is nothing to compare."


@dataclass(frozen=True, slots=True)
class Linked:
    """It has its counterpart; either of the two may be gone by now."""

    link: Link


@dataclass(frozen=True, slots=True)
class Tombstoned:
    """It had its counterpart until one of the two was deleted; it may be the one that is back."""

    tombstone: Link
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Gone:
    """It was deleted before it ever had a counterpart."""

    reason: ClassVar[str] = "It was deleted before it was ever synchronised."


@dataclass(frozen=True, slots=True)
class Joined:
    """This very plan has joined it with its counterpart already."""

    reason: ClassVar[str] = "It has been joined with its counterpart already."
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class New:
    """It is on its own side only. `generation`: how often its counterpart was asked for anew."""

    snapshot: Snapshot
    generation: int


Life = Unseen | Linked | Tombstoned | Gone | Joined | New


def life_of(plan_input: PlanInput, id_map: IdMap, change: ChangedRecord) -> Life:
    """Where a changed record stands, by what is known and what this plan has decided so far."""
    snapshot = plan_input.snapshot(*change.key)
    if snapshot is None:
        return Unseen()
    link = plan_input.links.live(change.key)
    if link is not None:
        return Linked(link)
    tombstone = plan_input.links.tombstone(change.key)
    if tombstone is not None:
        return Tombstoned(tombstone, snapshot)
    if snapshot.deleted:
        return Gone()
    if isinstance(id_map.find(*change.key), str):
        return Joined(snapshot)
    return New(snapshot, plan_input.links.generation(change.key))
