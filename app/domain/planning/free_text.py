"""What QuickBooks tells only in part, as a plan is shown it: addresses as free text, tax numbers of which the end is visible.

A text is taken apart where that is certain, and is text otherwise; a number is the one that is known where it ends alike.

What is an edit, and what is only another form, is decided against the base: a screen that saves an address as text without
changing it moves nothing. A text that cannot be taken apart stays text here; it goes over to nobody (`planning.merge`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from app.domain.matching.addressees import place_in, same_place, street_in, without_names
from app.domain.matching.tax_numbers import is_masked, read_number
from app.domain.model.links import Link
from app.domain.model.records import Address, Contact, Kind, Name, Record, Sale, Side, Snapshot
from app.domain.planning.plan_input import Key, PlanInput

ADDRESSES = ("billing_address", "shipping_address")


def as_far_as_told(plan_input: PlanInput) -> PlanInput:
    """The input with all that QuickBooks tells only in part read, wherever the plan may come upon it."""
    snapshots = {key: _read(plan_input, snapshot) for key, snapshot in plan_input.snapshots.items()}
    return replace(
        plan_input,
        snapshots=snapshots,
        candidates={place: _all_read(plan_input, records) for place, records in plan_input.candidates.items()},
        relatives={side: _all_read(plan_input, records) for side, records in plan_input.relatives.items()},
        alike=_all_read(plan_input, plan_input.alike),
        namesakes=_all_read(plan_input, plan_input.namesakes),
    )


def _all_read(plan_input: PlanInput, snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    return [_read(plan_input, snapshot) for snapshot in snapshots]


def _read(plan_input: PlanInput, snapshot: Snapshot) -> Snapshot:
    record = snapshot.record
    if not isinstance(record, Contact | Sale):
        return snapshot
    masked = isinstance(record, Contact) and is_masked(record.tax_number)
    if not masked and not any(getattr(record, group).is_text for group in ADDRESSES):
        return snapshot
    link = plan_input.links.live((snapshot.side, snapshot.kind, snapshot.id))
    base, across = _known(plan_input, snapshot, link)
    names = [*_names(plan_input, record), *([across.name] if isinstance(across, Contact) else ())]
    read_groups: dict[str, Any] = {
        group: read(getattr(record, group), getattr(base, group, None), getattr(across, group, None), names)
        for group in ADDRESSES
    }
    if isinstance(record, Contact):
        numbers = (number.tax_number if isinstance(number, Contact) else None for number in (base, across))
        read_groups["tax_number"] = read_number(record.tax_number, *numbers)
    return replace(snapshot, record=replace(record, **read_groups))


def read(now: Address, base: Address | None, across: Address | None, names: Sequence[Name]) -> Address:
    """A free text as it is compared: the base itself where it says the same; the address that it certainly tells; a mere
    street where the other side holds no more than that (`across`); else text, without the names that are known."""
    if not now.is_text:
        return now
    if base is not None and same_place(now, base, names):
        return base
    place = place_in(now, names)
    if place is not None:
        return _in_the_country_of(place, base)
    street = street_in(now, names) if across is None or not across.has_locality else None
    return street or replace(now, addressed=without_names(now, names))


def _in_the_country_of(place: Address, base: Address | None) -> Address:
    """A text seldom says its country: as long as its postcode could be one of the same country, that stays."""
    if place.country or base is None or _form(place.postcode) != _form(base.postcode):
        return place
    return replace(place, country=base.country)


def _form(postcode: str) -> tuple[bool, ...]:
    """How letters and digits follow one another in a postcode; of a ZIP+4 the ZIP."""
    return tuple(c.isdigit() for c in postcode.partition("-")[0] if c.isalnum())


def _known(plan_input: PlanInput, snapshot: Snapshot, link: Link | None) -> tuple[Record | None, Record | None]:
    """What a record held when its pair last agreed, and what its counterpart holds."""
    if link is None:
        return None, None
    other = snapshot.side.other
    return link.base_on(snapshot.side), plan_input.record(other, snapshot.kind, link.id_on(other))


def _names(plan_input: PlanInput, record: Contact | Sale) -> Iterator[Name]:
    """What the customer of a record, those above it, and its contact are called."""
    above: object = record.contact_id if isinstance(record, Sale) else record.parent_id
    if isinstance(record, Contact):
        yield record.name
    seen = set[str]()
    while isinstance(above, str) and above and above not in seen:
        seen.add(above)
        key: Key = (Side.QUICKBOOKS, Kind.CONTACT, above)
        customer, link = plan_input.record(*key), plan_input.links.live(key)
        contact = plan_input.record(Side.ONCORD, Kind.CONTACT, link.oncord_id) if link is not None else None
        yield from (card.name for card in (customer, contact) if isinstance(card, Contact))
        above = customer.parent_id if isinstance(customer, Contact) else ""
