"""The counterpart of a sale or document that has none yet: adopted, asked about, or none.

A question about a document holds only it and its payments; it stands until somebody answers it.
"""

from collections.abc import Iterator
from dataclasses import replace

from app.domain.contacts.proofs import free_documents
from app.domain.matching.documents import (
    Around,
    differing,
    lone,
    matching_sales,
)
from app.domain.matching.evidence import Match
from app.domain.model.operations import Disagreement, Operation
from app.domain.model.records import (
    Kind,
    Reference,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.id_map import IdMap
from app.domain.planning.named_choices import of_another_contact
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import identified, joined, waiting
from app.domain.sales.reconcile import first_agreement


def document_found(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, contact: Reference | None
) -> Iterator[Operation]:
    """Adopt the one document that this one is, or ask; nothing where it is new.

    `contact` is its contact across, where that is known.
    """
    side, own = change.side, plan_input.snapshots[change.key]

    def near(snapshot: Snapshot) -> list[Match]:
        """What a document could be on the other side from it."""
        there = free_documents(plan_input, id_map, snapshot.side.other)
        assert isinstance(snapshot.record, Sale)
        return matching_sales(snapshot.record, there, lambda other: around(snapshot, other))

    def around(one: Snapshot, other: Snapshot) -> Around:
        books = one if one.side is Side.QUICKBOOKS else other
        mine, theirs = (one, other) if one.side is side else (other, one)
        same = isinstance(contact, str) and _contact_of(theirs) == contact
        same = same and _contact_of(mine) == sale.contact_id
        return Around(same, bool(books.marker), lone(one, other, plan_input.alike), plan_input.asks(one, other))

    found = identified(plan_input, id_map, own, near(own), near)
    if isinstance(found, Operation):
        yield from waiting(change, of_another_contact(plan_input, found))
    elif found is not None:
        yield from joined_documents(plan_input, id_map, change, own, found)


def joined_documents(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, own: Snapshot, found: Snapshot
) -> Iterator[Operation]:
    """Join the two, say what they disagree on, and let them tell each other what only one of them has."""
    oncord, quickbooks = (own, found) if own.side is Side.ONCORD else (found, own)
    ours, theirs = oncord.record, quickbooks.record
    assert isinstance(ours, Sale)
    assert isinstance(theirs, Sale)
    reason = "The same document was there on both sides; they are one from now on."
    differs = differing(ours, theirs)
    if differs:
        reason = (
            f"Sale {ours.number or oncord.id} and document {theirs.number or quickbooks.id} are one from now on, but "
            f"{' and '.join(differs)}. Correct the one that is wrong; what you change reaches the other one."
        )
    adoption = joined(id_map, own, found, "S7" if ours.type == "adjustment" else "S1", reason)
    if differs:
        money = Disagreement(
            "money", None, ours.money, theirs.money, plan_input.configuration.conflict_winner[Kind.SALE]
        )
        adoption = replace(adoption, disagreements=(money,))
    yield adoption
    yield from first_agreement(plan_input, id_map, change, own, found)


def _contact_of(snapshot: Snapshot) -> str:
    return str(snapshot.record.contact_id) if isinstance(snapshot.record, Sale) else ""
