"""What is known while operations are carried out, so that each write is prepared and judged by what came of those before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.model.records import (
    Snapshot,
)
from app.domain.model.waiting import OtherRecord
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import Key
from app.storage.records.agreed_pairs import AgreedPair
from app.sync.writing.references import Source


@dataclass(slots=True)
class Memory:
    """What is known while operations are carried out: the records as they were planned from, moved on by nothing but our own
    writes; the links, and what was created."""

    snapshots: dict[Key, Snapshot] = field(default_factory=dict)
    links: LinkIndex = field(default_factory=LinkIndex)
    created: dict[Source, str] = field(default_factory=dict)
    """The id on the other side of records whose counterpart, or this part of it, has just been created."""
    hidden: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    """Groups that the plan was not shown: nothing is agreed on in them."""
    news: dict[Key, Snapshot] = field(default_factory=dict)
    """Records that answers have shown to have moved: nothing of this plan rests on them, and they are planned anew."""
    agreed: list[AgreedPair] = field(default_factory=list)
    """Pairs that have come to agree in the transaction that is open, and are stored together (`agreements`)."""
    freed: list[OtherRecord] = field(default_factory=list)
    """Records that became pairs with them: what waits for one of these is looked at again."""
