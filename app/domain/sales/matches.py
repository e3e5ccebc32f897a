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
from app.domain.planning.id_map import Directory
from app.domain.planning.named_choices import of_another_contact
from app.domain.planning.plan_input import Situation, Touched
from app.domain.planning.questions import identified, joined, waiting
from app.domain.sales.reconcile import first_agreement


def document_found(
    situation: Situation, directory: Directory, touched: Touched, sale: Sale, contact: Reference | None
) -> Iterator[Operation]:
    """Adopt the one document that this one is, or ask; nothing where it is new.

    `contact` is its contact across, where that is known.
    """
    side, own = touched.side, situation.snapshots[touched.key]

    def near(snapshot: Snapshot) -> list[Match]:
        """What a document could be on the other side from it."""
        there = free_documents(situation, directory, snapshot.side.other)
        assert isinstance(snapshot.record, Sale)
        return matching_sales(snapshot.record, there, lambda other: around(snapshot, other))

    def around(one: Snapshot, other: Snapshot) -> Around:
        books = one if one.side is Side.QUICKBOOKS else other
        mine, theirs = (one, other) if one.side is side else (other, one)
        same = isinstance(contact, str) and _contact_of(theirs) == contact
        same = same and _contact_of(mine) == sale.contact_id
        return Around(same, bool(books.marker), lone(one, other, situation.alike), situation.asks(one, other))

    found = identified(situation, directory, own, near(own), near)
    if isinstance(found, Operation):
        yield from waiting(touched, of_another_contact(situation, found))
    elif found is not None:
        yield from joined_documents(situation, directory, touched, own, found)


def joined_documents(
    situation: Situation, directory: Directory, touched: Touched, own: Snapshot, found: Snapshot
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
    adoption = joined(directory, own, found, "S7" if ours.type == "adjustment" else "S1", reason)
    if differs:
        money = Disagreement(
            "money", None, ours.money, theirs.money, situation.configuration.conflict_winner[Kind.SALE]
        )
        adoption = replace(adoption, disagreements=(money,))
    yield adoption
    yield from first_agreement(situation, directory, touched, own, found)


def _contact_of(snapshot: Snapshot) -> str:
    return str(snapshot.record.contact_id) if isinstance(snapshot.record, Sale) else ""
