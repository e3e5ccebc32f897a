"""A record of one side in the other side's ids and codes: contacts, items, sales, tax codes, deposit channels.

What cannot be translated yet is an `Obstacle`: it says what must change first and is shown to a person in those words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.configuration import Configuration
from app.domain.records import (
    Allocation,
    Contact,
    Counterpart,
    Item,
    Kind,
    Line,
    Name,
    Receipt,
    Reference,
    Sale,
    Side,
)


class Obstacle(Exception):
    """Why a record cannot be expressed on the other side yet.

    `waits_for` is "configuration", "person" or a record ("sale:oncord:17"); `matter` is what a person is asked about, the
    same for all records that it holds up ("payment method 4"), "" for the record itself.
    """

    def __init__(self, waits_for: str, reason: str, matter: str = "") -> None:
        super().__init__(reason)
        self.waits_for = waits_for
        self.reason = reason
        self.matter = matter


@dataclass(frozen=True, slots=True)
class Directory:
    """Which record of one side is which on the other, and which ones this very plan will create.

    `known` maps (side, kind, id) to the id on the other side; `coming` holds (side, kind, id) of records whose
    counterpart is being created.
    """

    known: Mapping[tuple[Side, Kind, str], str] = field(default_factory=dict)
    coming: set[tuple[Side, Kind, str]] = field(default_factory=set)

    def across(self, side: Side, kind: Kind, record_id: str) -> Reference | None:
        """The counterpart of record `record_id` of `side`: its id, a promise of it, or None."""
        known = self.known.get((side, kind, record_id))
        if known is not None:
            return known
        return Counterpart(kind, record_id) if (side, kind, record_id) in self.coming else None


def display_name(name: Name, email: str = "") -> str:
    """What QuickBooks shows for a contact: "First Last", or the company, or what else there is. QBO forbids colons."""
    person = f"{name.first} {name.last}".strip()
    chosen = (name.company or person) if name.type == "company" else (person or name.company)
    text = chosen or name.display or email
    return " ".join(text.replace(":", " ").split())


def contact_to(target: Side, contact: Contact) -> Contact:
    """A contact in the target's words. Names without parts become a company's name in Oncord."""
    name = contact.name
    if target is Side.QUICKBOOKS:
        return replace(contact, name=replace(name, display=display_name(name, contact.email)), active=True)
    if not (name.first or name.last or name.company):
        name = Name(type="company", company=name.display)
    return replace(contact, name=replace(name, display=display_name(name)), parent_id="", is_project=False)


def item_to(target: Side, item: Item, configuration: Configuration) -> Item:
    """A product as an item and the reverse; a tax code that is not mapped is left to the lines."""
    return replace(item, tax_code=configuration.tax_code_on(target, item.tax_code) or "")


def sale_to(
    target: Side,
    sale: Sale,
    directory: Directory,
    configuration: Configuration,
    *,
    contact: Reference | None = None,
    base_source: Sale | None = None,
    base_target: Sale | None = None,
) -> Sale:
    """A sale in the target's ids and codes. Raises `Obstacle` where something it refers to has no counterpart.

    The bases pair the lines of both sides by their place, so that an edited line keeps its id over there.
    `contact` overrides the contact (an invoice on another customer of the same contact keeps that customer).
    """
    contact = contact or _across(target.other, Kind.CONTACT, sale.contact_id, directory)
    ids = _line_ids(base_source, base_target)
    lines = tuple(_line_to(target, line, ids.get(line.id, ""), directory, configuration) for line in sale.money.lines)
    adjusts: Reference = ""
    if isinstance(sale.adjusts_id, str) and sale.adjusts_id:
        adjusts = directory.across(target.other, Kind.SALE, sale.adjusts_id) or ""
    number = sale.number if configuration.document_numbers == "oncord" or target is Side.ONCORD else ""
    return replace(
        sale,
        contact_id=contact,
        money=replace(sale.money, lines=lines),
        adjusts_id=adjusts,
        number=number,
        status="confirmed",
    )


def receipt_to(
    target: Side, receipt: Receipt, directory: Directory, configuration: Configuration, *, current_channel: str = ""
) -> Receipt:
    """A receipt in the target's ids. R1 and R2 by the mapping, R7 keeps `current_channel` while it still maps."""
    contact = _across(target.other, Kind.CONTACT, receipt.contact_id, directory)
    allocations = tuple(
        replace(a, sale_id=_across(target.other, Kind.SALE, a.sale_id, directory)) for a in receipt.payment.allocations
    )
    channel = _channel_to(target, receipt, configuration, current_channel) if receipt.payment.amount else ""
    return replace(
        receipt,
        contact_id=contact,
        channel=channel,
        payment=replace(receipt.payment, allocations=_merged(allocations)),
    )


def _channel_to(target: Side, receipt: Receipt, configuration: Configuration, current: str) -> str:
    if target is Side.QUICKBOOKS:
        account = configuration.account_for(receipt.channel)
        if account is None:
            raise Obstacle(
                "configuration",
                "Its payment method has no QuickBooks deposit account. Choose one, or decide not to synchronise it.",
                f"payment method {receipt.channel or '(none)'}",
            )
        return account
    method = configuration.method_for(receipt.channel, current)
    if method is None:
        raise Obstacle(
            "configuration",
            "Its QuickBooks deposit account belongs to no payment method. Map one to it if such payments should arrive.",
            f"deposit account {receipt.channel or '(none)'}",
        )
    return method


def _line_to(target: Side, line: Line, target_id: str, directory: Directory, configuration: Configuration) -> Line:
    if target is Side.ONCORD:
        product = directory.known.get((Side.QUICKBOOKS, Kind.ITEM, line.item), "") if isinstance(line.item, str) else ""
        return replace(
            line, id=target_id, item=product, item_code="", tax_code=_tax_code_to(target, line, configuration)
        )
    return replace(
        line,
        id=target_id,
        item=_item_for(line, directory, configuration),
        tax_code=_tax_code_to(target, line, configuration),
    )


def _item_for(line: Line, directory: Directory, configuration: Configuration) -> Reference:
    items = configuration.items
    chosen: Reference | None = {
        "shipping": items.shipping_item_id or items.item_id,
        "discount": items.discount_item_id or items.item_id,
        "rounding": items.item_id,
    }.get(line.kind)
    if chosen is None and items.mode == "match" and isinstance(line.item, str) and line.item:
        chosen = directory.across(Side.ONCORD, Kind.ITEM, line.item)
        if chosen is None:
            raise Obstacle("item:oncord:" + line.item, "One of its products has no QuickBooks item yet.")
    chosen = chosen or items.item_id
    if not chosen:
        raise Obstacle(
            "configuration", "No QuickBooks item is chosen for sale lines. Choose one in the configuration.", "items"
        )
    return chosen


def _tax_code_to(target: Side, line: Line, configuration: Configuration) -> str:
    if line.tax_code == "" and target is Side.QUICKBOOKS:
        if line.tax != 0:
            raise Obstacle(
                "person", "One of its lines is taxed but names no tax code. Give the line a tax code in Oncord."
            )
        return untaxed_code(configuration) if configuration.country != "US" else "NON"
    code = configuration.tax_code_on(target, line.tax_code)
    if code is None:
        if target is Side.ONCORD and not line.tax:
            return ""
        raise Obstacle(
            "configuration",
            f"The {'Oncord' if target is Side.QUICKBOOKS else 'QuickBooks'} tax code {line.tax_code} is not mapped. "
            "Map it in the configuration.",
            f"tax code {line.tax_code}",
        )
    return code


def untaxed_code(configuration: Configuration) -> str:
    """The QuickBooks tax code of lines without tax: the mapped code whose rate is zero."""
    for code in configuration.tax_codes:
        if code.rate and Decimal(code.rate) == 0:
            return code.quickbooks_id
    raise Obstacle(
        "configuration",
        "A line without tax needs a QuickBooks tax code of 0 %. Map one (for instance GST free) in the configuration.",
        "tax code for untaxed lines",
    )


def _line_ids(source: Sale | None, target: Sale | None) -> dict[str, str]:
    if source is None or target is None:
        return {}
    ours, theirs = source.money.lines, target.money.lines
    if len(ours) > len(theirs):
        return {}
    return {a.id: b.id for a, b in zip(ours, theirs, strict=False) if a.id and b.id}


def _across(source: Side, kind: Kind, reference: Reference, directory: Directory) -> Reference:
    if not isinstance(reference, str):
        return reference
    found = directory.across(source, kind, reference)
    if found is None:
        raise Obstacle(f"{kind}:{source}:{reference}", f"It waits until its {kind} {reference} is synchronised.")
    return found


def _merged(allocations: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    totals: dict[Reference, Allocation] = {}
    for a in allocations:
        seen = totals.get(a.sale_id)
        totals[a.sale_id] = replace(a, amount=a.amount + seen.amount) if seen else a
    return tuple(totals.values())
