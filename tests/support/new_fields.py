"""An extra field for a kind, as somebody would add it: an attribute, a row in the description, one per vendor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field, make_dataclass, replace

from app.domain.model.description import DESCRIPTIONS, Field
from app.domain.model.records import Kind
from app.oncord.mapping import fields as oncord
from app.quickbooks.mapping import fields as quickbooks

IN_ONCORD = "extra_note"
"""The contract lets unknown members through, and keeps them."""
IN_QUICKBOOKS = {
    "Customer": "Notes",
    "Item": "Description",
    "Invoice": "TrackingNum",
    "CreditMemo": "TrackingNum",
    "Payment": "TxnSource",
    "Purchase": "TxnSource",
}
"""Real members that nothing of ours is mapped to."""
OF_KIND = {
    Kind.CONTACT: ("Customer",),
    Kind.ITEM: ("Item",),
    Kind.SALE: ("Invoice", "CreditMemo"),
    Kind.RECEIPT: ("Payment", "Purchase"),
}


@contextmanager
def with_field(declared: Field, *kinds: Kind) -> Iterator[None]:
    """Everything as if these kinds (all, unless named) had this plain field."""
    before = dict(DESCRIPTIONS), dict(oncord.FIELDS), dict(quickbooks.FIELDS)
    for kind in kinds or tuple(Kind):
        known = DESCRIPTIONS[kind]
        added = [(declared.name, str, field(default=""))]
        wider = make_dataclass(f"Wider{known.record.__name__}", added, bases=(known.record,), frozen=True, slots=True)
        DESCRIPTIONS[kind] = replace(known, record=wider, fields=(*known.fields, declared))
        oncord.FIELDS[kind] = (*oncord.FIELDS[kind], oncord.Row(declared.name, IN_ONCORD))
        for entity in OF_KIND[kind]:
            row = quickbooks.Row(declared.name, IN_QUICKBOOKS[entity])
            quickbooks.FIELDS[entity] = (*quickbooks.FIELDS[entity], row)
    try:
        yield
    finally:
        for table, kept in zip((DESCRIPTIONS, oncord.FIELDS, quickbooks.FIELDS), before, strict=True):
            table.update(kept)  # type: ignore[attr-defined]
