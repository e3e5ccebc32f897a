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
from app.domain.planning.numbers import numbers_apart
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.questions import identified, joined, waiting
from app.domain.sales.first_agreement import first_agreement


def document_found(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, sale: Sale, contact: Reference | None
) -> Iterator[Operation]:
    """Adopt the one document that this one is, or ask; nothing where it is new.

    `contact` is its contact across, where that is known.
    """
    side, own = change.side, plan_input.snapshots[change.key]

    def near(snapshot: Snapshot) -> list[Match]:
        """What a document could be on the other side from it."""
        documents = free_documents(plan_input, id_map, snapshot.side.other)
        assert isinstance(snapshot.record, Sale)
        return matching_sales(snapshot.record, documents, lambda other: around(snapshot, other))

    def around(one: Snapshot, other: Snapshot) -> Around:
        books = one if one.side is Side.QUICKBOOKS else other
        own_one, other_one = (one, other) if one.side is side else (other, one)
        same = isinstance(contact, str) and _contact_of(other_one) == contact
        same = same and _contact_of(own_one) == sale.contact_id
        return Around(same, bool(books.marker), lone(one, other, plan_input.alike), plan_input.asks(one, other))

    match_or_question = identified(plan_input, id_map, own, near(own), near)
    if isinstance(match_or_question, Operation):
        yield from waiting(plan_input, change, of_another_contact(plan_input, match_or_question))
    elif match_or_question is not None:
        yield from joined_documents(plan_input, id_map, change, own, match_or_question)


def joined_documents(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, own: Snapshot, counterpart: Snapshot
) -> Iterator[Operation]:
    """Join the two, say what they disagree on, and let them tell each other what only one of them has."""
    oncord, quickbooks = (own, counterpart) if own.side is Side.ONCORD else (counterpart, own)
    sale, invoice = oncord.record, quickbooks.record
    assert isinstance(sale, Sale)
    assert isinstance(invoice, Sale)
    reason = "The same document was there on both sides; they are one from now on."
    differs = differing(sale, invoice)
    if not differs:
        reason = f"{reason} {numbers_apart(sale, invoice)}".rstrip()
    else:
        reason = (
            f"Sale {sale.number or oncord.id} and document {invoice.number or quickbooks.id} are one from now on, but "
            f"{' and '.join(differs)}. Correct the one that is wrong; what you change reaches the other one."
        )
    adoption = joined(id_map, own, counterpart, "S7" if sale.type == "adjustment" else "S1", reason)
    if differs:
        money = Disagreement(
            "money", None, sale.money, invoice.money, plan_input.configuration.conflict_winner[Kind.SALE]
        )
        adoption = replace(adoption, disagreements=(money,))
    yield adoption
    yield from first_agreement(plan_input, id_map, change, own, counterpart)


def _contact_of(snapshot: Snapshot) -> str:
    return str(snapshot.record.contact_id) if isinstance(snapshot.record, Sale) else ""
