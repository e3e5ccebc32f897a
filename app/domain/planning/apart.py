"""In which fields a pair differs for a person: those that would be carried over, or of which a comparison has said that they differ.

Values that are not written alike are no difference by themselves: an address that QuickBooks takes from its customer, a name that it
builds, a number that it shortens. A field that has moved on either side since the two last agreed is compared as a plan compares
it (`planning.merge`); one that rests, or that nobody carries over, differs where the tie-out, which judges by itself, has named it.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.domain.matching.document_numbers import held
from app.domain.matching.natural_keys import normalised
from app.domain.matching.tax_numbers import read_number
from app.domain.model.configuration import Configuration
from app.domain.model.description import decided_at_meeting, filled_at_meeting, merged_fields
from app.domain.model.link_part import CREDIT, Opening, stands_beside
from app.domain.model.links import Link
from app.domain.model.records import (
    STATEMENT_CHARGES,
    Contact,
    Kind,
    Line,
    Money,
    Name,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
    is_void,
)
from app.domain.planning.conversion import contact_to
from app.domain.planning.differences import in_mode
from app.domain.planning.free_text import ADDRESSES, read
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.merge import agrees, is_empty, is_untold
from app.domain.planning.new_fields import brought_up

NAMED: dict[str, str] = {
    "total": "money",
    "tax": "money",
    "sales": "money",
    "currency": "money",
    "contact": "contact_id",
    "date": "date",
    "number": "number",
    "void": "voided",
    "amount": "payment",
    "applied": "payment",
    "account": "channel",
}
"""The field that a difference of a tie-out is in, by what it says that differs; any other is in none that both sides have."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A record of each side that are one.

    `links`: all live links of Oncord's record, and `payments` what is in QuickBooks by those of a receipt. `documents`: Oncord's id of
    what money pays, by QuickBooks', where it is on both sides. `names`: what the people of a document are called, on both sides.
    `one_person`: whether the document is the same person's on both sides.
    """

    link: Link
    oncord: Snapshot
    quickbooks: Snapshot
    links: Sequence[Link] = ()
    payments: Sequence[Receipt] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    names: Sequence[Name] = ()
    one_person: bool = True

    @property
    def says_the_same(self) -> bool:
        """Whether the two are to say the same at all: not what stands beside an invoice, a payment that joins a credit, or a contact's
        further customer."""
        if self.link.kind is Kind.RECEIPT:
            return self.link.part is not CREDIT
        leading = LinkIndex.of(self.links or [self.link]).live((Side.ONCORD, self.link.kind, self.link.oncord_id))
        return leading is not None and leading.id == self.link.id


def fields_apart(pair: Pair, configuration: Configuration | None, said: Collection[str]) -> frozenset[str]:
    """The fields in which a pair differs. `said`: what the comparisons that stand say that differs of it."""
    link = brought_up(pair.link, pair.oncord, pair.quickbooks)
    here, there = pair.oncord.record, pair.quickbooks.record
    if here is None or there is None or not pair.says_the_same:
        return frozenset()
    there = _as_read(pair, link, here, there)
    named = {NAMED[what] for what in said if what in NAMED}
    not_compared = _not_compared(pair, here, there, configuration)
    found = set()
    for group in merged_fields(link.kind):
        if group in not_compared or not _moved(link, group, here, there):
            apart = group in named
        elif is_untold(group, getattr(there, group)) or is_untold(group, getattr(here, group)):
            apart = False
        else:
            apart = not _same(pair, link, group, here, there, configuration)
        if apart:
            found.add(group)
    return frozenset(found)


def written_otherwise(group: str, here: Record | None, there: Record | None) -> bool:
    """Whether a field reads otherwise on either side, whether that is a difference or not."""
    if here is None or there is None or group in ("contact_id", "channel"):
        return False
    if isinstance(here, Receipt) and isinstance(there, Receipt) and group == "payment":
        return _in_figures(here) != _in_figures(there)
    if isinstance(here, Sale) and isinstance(there, Sale) and group == "money":
        one, other = here.money, there.money
        return (one.currency, one.total, one.tax_total) != (other.currency, other.total, other.tax_total)
    return not agrees(group, getattr(here, group), getattr(there, group))


def _in_figures(receipt: Receipt) -> tuple[Decimal, list[Decimal]]:
    """What a receipt comes to, and what it pays of its documents."""
    return receipt.payment.amount, sorted(allocation.amount for allocation in receipt.payment.allocations)


def _as_read(pair: Pair, link: Link, here: Record, there: Record) -> Record:
    """What QuickBooks holds, with what it tells only in part read as a plan reads it."""
    if not isinstance(there, Contact | Sale):
        return there
    names = [*pair.names, *(card.name for card in (here, there) if isinstance(card, Contact))]
    base = link.base_quickbooks
    told: dict[str, Any] = {
        group: read(getattr(there, group), getattr(base, group, None), getattr(here, group, None), names)
        for group in ADDRESSES
    }
    if isinstance(there, Contact):
        numbers = (card.tax_number if isinstance(card, Contact) else None for card in (base, here))
        told["tax_number"] = read_number(there.tax_number, *numbers)
    return replace(there, **told)


def _not_compared(pair: Pair, here: Record, there: Record, configuration: Configuration | None) -> frozenset[str]:
    """What nobody carries over of records like these: amounts while a document is void, numbers where each side has its own."""
    ignored = set[str]()
    if isinstance(here, Sale) and isinstance(there, Sale):
        if is_void(here) or is_void(there) or STATEMENT_CHARGES in pair.quickbooks.extras:
            ignored.add("money")
        if here.type == "adjustment":
            ignored.add("due_date")
        if configuration is not None and configuration.document_numbers != "oncord":
            ignored.add("number")
    if isinstance(here, Receipt) and isinstance(there, Receipt) and not here.payment.amount:
        ignored.add("channel")
    return frozenset(ignored)


def _moved(link: Link, group: str, here: Record, there: Record) -> bool:
    """Whether a field would be looked at: it is not what a side held when the two last agreed, or they never have."""
    if link.base_oncord is None or link.base_quickbooks is None:
        return _would_meet(link, group, here, there)
    return _has_moved(link.base_oncord, group, here) or _has_moved(link.base_quickbooks, group, there)


def _has_moved(base: Record | None, group: str, now: Record) -> bool:
    if base is None:
        return False
    if group == "voided" and isinstance(base, Sale) and isinstance(now, Sale):
        return is_void(base) is not is_void(now)
    return bool(getattr(base, group) != getattr(now, group))


def _would_meet(link: Link, group: str, here: Record, there: Record) -> bool:
    """Whether a first meeting would fill a field, or decide about it."""
    documents = [record for record in (here, there) if isinstance(record, Sale)]
    is_open = all(sale.paid < sale.money.total for sale in documents)
    one_is_empty = is_empty(getattr(here, group)) is not is_empty(getattr(there, group))
    filled = one_is_empty and group in filled_at_meeting(link.kind, is_open=is_open)
    return filled or group in decided_at_meeting(link.kind, is_open=is_open)


def _same(pair: Pair, link: Link, group: str, here: Record, there: Record, configuration: Configuration | None) -> bool:
    """Whether what has moved of a field comes to the same on both sides."""
    if group == "contact_id":
        return pair.one_person
    if isinstance(here, Receipt) and isinstance(there, Receipt) and group in ("payment", "channel"):
        return _same_receipt(pair, link, group, here, there, configuration)
    if isinstance(here, Sale) and isinstance(there, Sale):
        return _same_of_sale(pair, link, group, here, there, configuration)
    if isinstance(here, Contact):
        here = contact_to(Side.QUICKBOOKS, here)
    return agrees(group, getattr(here, group), getattr(there, group))


def _same_of_sale(
    pair: Pair, link: Link, group: str, here: Sale, there: Sale, configuration: Configuration | None
) -> bool:
    if group == "voided":
        return is_void(here) is is_void(there)
    if group == "number":
        return agrees(group, held(here.number), there.number)
    if group != "money":
        return agrees(group, getattr(here, group), getattr(there, group))
    opening = isinstance(link.part, Opening) and not link.part.whole
    if opening or any(stands_beside(each.part) for each in pair.links):
        return not _edited(link, Side.ONCORD, here) and not _edited(link, Side.QUICKBOOKS, there)
    return _same_money(here.money, there.money, configuration) or not any(
        _edited(link, side, sale) for side, sale in ((Side.ONCORD, here), (Side.QUICKBOOKS, there))
    )


def _edited(link: Link, side: Side, sale: Sale) -> bool:
    """Whether the amounts of a document say otherwise than they did when the two last agreed."""
    base = link.base_on(side)
    return isinstance(base, Sale) and not agrees("money", base.money, sale.money)


def _same_money(here: Money, there: Money, configuration: Configuration | None) -> bool:
    """Whether two come to the same, line by line, whichever mode of amounts either has."""
    if (here.currency, here.total, here.tax_total) != (there.currency, there.total, there.tax_total):
        return False
    one, other = ([_charged(line) for line in in_mode(money, includes_tax=False)] for money in (here, there))
    return one == other and _same_codes(here, there, configuration)


def _charged(line: Line) -> tuple[str, Decimal, Decimal]:
    return normalised(line.description), line.total, line.quantity or Decimal(1)


def _same_codes(here: Money, there: Money, configuration: Configuration | None) -> bool:
    """Whether lines that have codes on both sides have those that stand for each other."""
    if configuration is None:
        return True
    pairs = zip(here.lines, there.lines, strict=True)
    known = ((configuration.tax_code_on(Side.QUICKBOOKS, one.tax_code), other.tax_code) for one, other in pairs)
    return all(not code or not stated or code == stated for code, stated in known)


def _same_receipt(
    pair: Pair, link: Link, group: str, here: Receipt, there: Receipt, configuration: Configuration | None
) -> bool:
    currency = here.payment.currency
    if group == "channel":
        base = link.base_oncord
        by_method = isinstance(base, Receipt) and base.channel != here.channel
        account = configuration.account_for(here.channel, currency) if configuration is not None else ""
        return not by_method or account in ("", there.channel)
    legs = [each for each in pair.links if each.part is not CREDIT and not stands_beside(each.part)]
    if len(legs) > 1:
        return here.payment.amount == sum((each.payment.amount for each in pair.payments), Decimal(0))
    if (here.payment.amount, currency) != (there.payment.amount, there.payment.currency):
        return False
    on_both = {oncord_id: oncord_id for oncord_id in pair.documents.values()}
    return _pays(here, on_both) == _pays(there, pair.documents)


def _pays(receipt: Receipt, documents: Mapping[str, str]) -> dict[str, Decimal]:
    """What a receipt pays of each document that is on both sides, by Oncord's id."""
    paid: dict[str, Decimal] = defaultdict(Decimal)
    for allocation in receipt.payment.allocations:
        if (document := documents.get(str(allocation.sale_id))) is not None and allocation.type != "refund":
            paid[document] += allocation.amount
    return paid
