"""How a record is called where a person reads about it: "Invoice 1041, Ada Byron", with its date and its money.

Every operation is named before it is stored, and what is asked about it takes its name over, so that a report of last
year still reads well when the record is long gone. This is the only place that composes such a name.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from app.domain.model.currencies import written
from app.domain.model.days import day_in_words
from app.domain.model.link_part import stays_in_oncord
from app.domain.model.operations import Label, Operation
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Receipt,
    Record,
    Reference,
    Sale,
    Side,
    sort_of,
)
from app.domain.planning.plan_input import PlanInput

_SALES = {
    (Side.ONCORD, "sale"): "Sale",
    (Side.QUICKBOOKS, "sale"): "Invoice",
    (Side.ONCORD, "adjustment"): "Adjustment",
    (Side.QUICKBOOKS, "adjustment"): "Credit memo",
}
NOUNS = {
    (Side.ONCORD, Kind.CONTACT): "Contact",
    (Side.QUICKBOOKS, Kind.CONTACT): "Customer",
    (Side.ONCORD, Kind.ITEM): "Product",
    (Side.QUICKBOOKS, Kind.ITEM): "Item",
    (Side.ONCORD, Kind.SALE): "Sale",
    (Side.QUICKBOOKS, Kind.SALE): "Document",
    (Side.ONCORD, Kind.RECEIPT): "Receipt",
    (Side.QUICKBOOKS, Kind.RECEIPT): "Payment",
}
"""What each side calls its records of a kind, as a sentence begins with it."""


def contact_name(contact: Contact) -> str:
    """A contact as people call it: what it displays, else its parts, else its e-mail."""
    name = contact.name
    return name.display or f"{name.first} {name.last}".strip() or name.company or contact.email


def label_of(side: Side, kind: Kind, record: Record | None, person: str = "", record_id: str = "") -> Label:
    """The name of a record of one side; `person` is the name of its contact, where that is known, `record_id` the id of the
    record itself, which a contact is kept with.

    `record` is None where nothing but its kind is known any more.
    """
    if isinstance(record, Contact):
        contact = _known_as(side, record_id)
        return Label(NOUNS[side, kind], person=contact_name(record).strip(), contact=contact, sort=sort_of(record))
    if isinstance(record, Item):
        called = _joined(f"{NOUNS[side, kind]} {record.name or record.code}")
        return Label(called, number=record.code, sort=sort_of(record))
    if isinstance(record, Sale):
        money = record.money
        word = _SALES[side, record.type]
        total = Decimal(written(money.total, money.currency))
        called, contact = _joined(f"{word} {record.number}"), _known_as(side, record.contact_id)
        return Label(
            called, record.number, record.date, total, money.currency, person.strip(), contact, sort_of(record)
        )
    if isinstance(record, Receipt):
        paid = record.payment
        word = "Refund" if paid.amount < 0 else "Applied credit" if not paid.amount else NOUNS[side, kind]
        called, contact = _joined(f"{word} {record.reference}"), _known_as(side, record.contact_id)
        amount = Decimal(written(abs(paid.amount), paid.currency))
        sort = sort_of(record)
        return Label(called, record.reference, record.date, amount, paid.currency, person.strip(), contact, sort)
    return Label(NOUNS[side, kind], person=person.strip())


def in_a_line(label: Label) -> str:
    """A record in the middle of a sentence: "Sale 1041, Ada Byron (28 Nov 2026, 44.00 AUD)"."""
    money = f"{label.amount} {label.currency}".strip() if label.amount is not None else ""
    facts = ", ".join(filter(None, (day_in_words(label.date) if label.date else "", money)))
    return f"{label.label} ({facts})" if facts else label.label


NAMED = 5
"""So many documents are named in a sentence."""


def in_a_list(names: Iterable[str]) -> str:
    """What some documents are called, each once, as a sentence lists them: the first few, and how many more there are."""
    once = list(dict.fromkeys(names))
    more = f" and {len(once) - NAMED} more" if len(once) > NAMED else ""
    return f"{'; '.join(once[:NAMED])}{more}"


def in_a_sentence(plan_input: PlanInput, side: Side, kind: Kind, record_id: str) -> str:
    """A record in the middle of a sentence, by its name and never by an id: "contact Ada Byron", "sale 1041", "receipt of 44.00 AUD"."""
    noun = NOUNS[side, kind].lower()
    record = plan_input.record(side, kind, record_id)
    if isinstance(record, Contact):
        name = contact_name(record)
        return f"{noun} {name}" if name else f"{noun} without a name"
    label = label_of(side, kind, record)
    called = label.called[:1].lower() + label.called[1:]
    if label.number or label.amount is None:
        return called
    of_day = f" of {day_in_words(label.date)}" if label.date else ""
    return f"{called} of {label.amount} {label.currency}{of_day}"


def _known_as(side: Side, reference: Reference) -> str:
    """A contact by its side and id there; of one that is not known yet, by those of its counterpart."""
    if isinstance(reference, str):
        return f"{side}:{reference}" if reference else ""
    return f"{side.other}:{reference.id}"


def _joined(*parts: str) -> str:
    return ", ".join(stripped for part in parts if (stripped := part.strip()))


def subject_of(plan_input: PlanInput, operation: Operation) -> Label:
    """The name of the record that an operation is about."""
    side, record = _subject(plan_input, operation)
    label = label_of(side, operation.kind, record, _person(plan_input, side, record))
    if not isinstance(record, Contact):
        return label
    known = (
        (operation.source_side, operation.source_id) if operation.source_id else (operation.side, operation.target_id)
    )
    return replace(label, contact=_known_as(*known))


def _subject(plan_input: PlanInput, operation: Operation) -> tuple[Side, Record | None]:
    """The record that an operation is about, on the side that causes it; of one that is gone, what is left of it."""
    source, target = operation.source_side, operation.side
    if stays_in_oncord(operation.part) and operation.record is not None:
        return target, operation.record
    if operation.source_kind is not operation.kind:
        sale = plan_input.record(source, operation.source_kind, operation.source_id)
        return (source, sale) if sale is not None else (target, operation.record)
    for side, record_id in ((source, operation.source_id), (target, operation.target_id)):
        record = plan_input.record(side, operation.kind, record_id)
        if record is not None:
            return side, record
    for side, record_id in ((source, operation.source_id), (target, operation.target_id)):
        for link in plan_input.links.by_record.get((side, operation.kind, record_id), ()):
            remembered = link.base_on(side)
            if remembered is not None:
                return side, remembered
    return source, operation.record


def _person(plan_input: PlanInput, side: Side, record: Record | None) -> str:
    if not isinstance(record, Sale | Receipt):
        return ""
    contact = _contact(plan_input, side, record.contact_id)
    return contact_name(contact) if contact is not None else ""


def _contact(plan_input: PlanInput, side: Side, reference: Reference) -> Contact | None:
    own = (side, reference) if isinstance(reference, str) else (side.other, reference.id)
    contact = plan_input.record(own[0], Kind.CONTACT, own[1])
    return contact if isinstance(contact, Contact) else None
