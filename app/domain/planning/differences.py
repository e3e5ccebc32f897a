"""What has changed of a sale after its invoice was locked, as a document of its own (B1): a credit memo where the sale comes to
less, an invoice where it comes to more. Of an adjustment it is the other way about.

The invoice stays as it was lodged. Sale and books are held together by sums: the sale is the invoice and the documents over its
differences, item by item and tax code by tax code. So each difference stands on the labels and rates of what has changed, and
a document that is there already is never made again, whatever was remembered of it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from app.domain.model.link_part import Difference
from app.domain.model.links import Link, LinkState
from app.domain.model.operations import Action, Operation
from app.domain.model.records import STATEMENT_CHARGES, Kind, Line, Money, Sale, Side, Snapshot
from app.domain.model.totals import allowed_gap
from app.domain.planning.document_words import called, noun_of, number_and_day
from app.domain.planning.locked_writes import Held
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import create

ZERO = Decimal(0)
NUMBER_LENGTH = 21
"""How long a document's number may be in QuickBooks (docs/quickbooks.md 9.1)."""
_SUFFIX = "-D"
_ROUNDING = ("", "rounding")

_Charged = tuple[str, str]
"""What a line charges: its item and its tax code."""


@dataclass(frozen=True, slots=True)
class Added:
    """A document over a difference of a sale: its link, and what the mirror holds of it."""

    link: Link
    snapshot: Snapshot

    @property
    def document(self) -> Sale | None:
        """What it says, where it is there and can be read."""
        record = self.snapshot.record
        return record if isinstance(record, Sale) and not self.snapshot.deleted else None


def added_to(plan_input: PlanInput, sale_id: str) -> list[Added]:
    """The documents over differences of a sale that belong to it, the oldest first; one that was deleted only until that is
    noted."""
    live = (link for link in plan_input.links.differences(sale_id) if link.state is LinkState.LIVE)
    read = ((link, plan_input.snapshot(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)) for link in live)
    return [Added(link, snapshot) for link, snapshot in read if snapshot is not None]


def documents_added_to(plan_input: PlanInput, sale_id: str) -> list[Sale]:
    """What those that are there say."""
    return [each.document for each in added_to(plan_input, sale_id) if each.document is not None]


def held_as_sums(plan_input: PlanInput, link: Link) -> bool:
    """Whether a sale is held against its invoice and documents over its differences. Where all of those were deleted it is until what
    that has changed was carried over."""
    known = plan_input.links.differences(link.oncord_id)
    if not known or any(each.state is LinkState.LIVE for each in known):
        return bool(known)
    sale, base = plan_input.record(Side.ONCORD, Kind.SALE, link.oncord_id), link.base_oncord
    return not isinstance(sale, Sale) or not isinstance(base, Sale) or sale.money != base.money


def newest_difference(plan_input: PlanInput, sale_id: str) -> Link | None:
    """The link that knows what a sale came to when it was last agreed on with all its documents; None where it never had any."""
    known = plan_input.links.differences(sale_id)
    live = [link for link in known if link.state is LinkState.LIVE]
    return next(iter(reversed(live or known)), None)


def last_agreed(plan_input: PlanInput, sale_id: str) -> Money | None:
    """What a sale came to when it was last agreed on with all its documents; None where it never had any besides its invoice."""
    newest = newest_difference(plan_input, sale_id)
    base = newest.base_oncord if newest is not None else None
    return base.money if isinstance(base, Sale) else None


def together(invoice: Sale, added: Iterable[Sale]) -> Money:
    """An invoice and the documents over its differences as one, in the invoice's own mode of amounts."""
    money = invoice.money
    lines, tax, total = list(money.lines), money.tax_total, money.total
    for document in added:
        sign = 1 if document.type == invoice.type else -1
        lines += [_signed(sign, line) for line in in_mode(document.money, money.amounts_include_tax)]
        tax, total = tax + sign * document.money.tax_total, total + sign * document.money.total
    return replace(money, lines=tuple(lines), tax_total=tax, total=total)


def in_mode(money: Money, includes_tax: bool) -> Iterator[Line]:
    for line in money.lines:
        if includes_tax is money.amounts_include_tax:
            yield line
        else:
            yield replace(line, total=line.total + line.tax if includes_tax else line.total - line.tax)


def _signed(sign: int, line: Line) -> Line:
    return replace(line, total=sign * line.total, tax=sign * line.tax)


def less(whole: Money, part: Money) -> Money | None:
    """What one comes to more than the other, in lines by item and tax code; None where they come to the same."""
    sums, taxes, named = _sums(whole, 1), _taxes(whole, 1), _named(part) | _named(whole)
    for key, amount in _sums(part, -1, includes_tax=whole.amounts_include_tax).items():
        sums[key] += amount
    for key, amount in _taxes(part, -1).items():
        taxes[key] += amount
    lines = tuple(
        replace(named[key], total=amount, tax=taxes[key], description=_words(key, whole, part))
        if key in named
        else Line(amount, kind="rounding", description="Rounding")
        for key, amount in sums.items()
        if amount
    )
    total, tax = whole.total - part.total, whole.tax_total - part.tax_total
    if not lines and not total and not tax:
        return None
    return replace(whole, lines=lines, tax_total=tax, total=total)


def same_by_code(one: Money, other: Money) -> bool:
    """Whether two come to the same, tax code by tax code, whatever items their lines have."""
    return less(_without_items(one), _without_items(other)) is None


def _without_items(money: Money) -> Money:
    return replace(money, lines=tuple(replace(line, item="") for line in money.lines))


def _sums(money: Money, sign: int, *, includes_tax: bool | None = None) -> dict[_Charged, Decimal]:
    mode = money.amounts_include_tax if includes_tax is None else includes_tax
    found: dict[_Charged, Decimal] = defaultdict(Decimal)
    for line in in_mode(money, mode):
        found[_charged(line, money)] += sign * line.total
    lines_come_to = sum((line.total for line in money.lines), ZERO)
    gap = money.total - lines_come_to - (ZERO if money.amounts_include_tax else money.tax_total)
    if gap:
        found[_ROUNDING] += sign * gap
    return found


def _taxes(money: Money, sign: int) -> dict[_Charged, Decimal]:
    found: dict[_Charged, Decimal] = defaultdict(Decimal)
    for line in money.lines:
        found[_charged(line, money)] += sign * line.tax
    return found


def _named(money: Money) -> dict[_Charged, Line]:
    """A line for each of what is charged."""
    found: dict[_Charged, Line] = {}
    for line in money.lines:
        key = _charged(line, money)
        if key != _ROUNDING:
            found.setdefault(key, replace(line, id="", quantity=None, unit_price=None, discount=ZERO))
    return found


def _words(key: _Charged, whole: Money, part: Money) -> str:
    """What the lines of a sort that are not the same any more are called."""
    now, before = ([line for line in money.lines if _charged(line, money) == key] for money in (whole, part))
    moved = [line for line in now if not _among(line, before)] + [line for line in before if not _among(line, now)]
    return ", ".join(dict.fromkeys(line.description for line in moved or now if line.description))


def _among(line: Line, others: Iterable[Line]) -> bool:
    return any((line.description, line.total) == (other.description, other.total) for other in others)


def _charged(line: Line, money: Money) -> _Charged:
    """What rounds a total off bears another code on either side."""
    if line.kind == "rounding" or (line.description == "Rounding" and _is_small(line, money)):
        return _ROUNDING
    return (str(line.item), line.tax_code)


def _is_small(line: Line, money: Money) -> bool:
    return not line.tax and abs(line.total) <= allowed_gap(money)


def offered(plan_input: PlanInput, held: Sequence[Held]) -> Sale | None:
    """The document that what a locked period holds back could be entered as; None where it is anything else than the amounts of a
    document, or those and its day, which stays."""
    [first, *others] = held
    before, operation = first.before, first.operation
    only_amounts = "money" in first.groups and {*first.groups} <= {"money", "date"}
    if others or operation.action is not Action.UPDATE or not only_amounts or first.bank is not None:
        return None
    snapshot = plan_input.snapshot(Side.QUICKBOOKS, operation.kind, operation.target_id)
    if not isinstance(before, Sale) or snapshot is None or STATEMENT_CHARGES in snapshot.extras:
        return None
    return document_over(plan_input, operation, before)


def document_over(plan_input: PlanInput, operation: Operation, invoice: Sale) -> Sale | None:
    """What an update of an invoice's or a credit memo's amounts would change, as a document of its own; None where no document can
    say it."""
    after = operation.record
    if not isinstance(after, Sale) or after.type != invoice.type or after.money.currency != invoice.money.currency:
        return None
    added = documents_added_to(plan_input, operation.source_id)
    money = less(after.money, together(invoice, added))
    if money is None or not money.lines:
        return None
    down = money.total < 0 or (not money.total and money.tax_total < 0)
    kind: Literal["sale", "adjustment"] = "sale" if down is (invoice.type == "adjustment") else "adjustment"
    return replace(
        invoice,
        type=kind,
        money=_turned(money) if down else money,
        number=_numbered(plan_input, operation.source_id, invoice),
        date=day_of_change(plan_input, operation.source_id, invoice),
        due_date=None,
        notes=f"Difference of {number_and_day(invoice)}",
        paid=ZERO,
        adjusts_id=operation.target_id if kind == "adjustment" and invoice.type == "sale" else "",
    )


def _turned(money: Money) -> Money:
    lines = tuple(_signed(-1, line) for line in money.lines)
    return replace(money, lines=lines, tax_total=-money.tax_total, total=-money.total)


def _numbered(plan_input: PlanInput, sale_id: str, invoice: Sale) -> str:
    """The invoice's own number with what makes it another one; "" where QuickBooks counts by itself."""
    if plan_input.configuration.document_numbers != "oncord" or not invoice.number:
        return ""
    place = _next(plan_input, sale_id)
    suffix = _SUFFIX if place == 1 else f"{_SUFFIX}{place}"
    return f"{invoice.number[: NUMBER_LENGTH - len(suffix)]}{suffix}"


def _next(plan_input: PlanInput, sale_id: str) -> int:
    parts = (link.part for link in plan_input.links.differences(sale_id))
    return max((part.number for part in parts if isinstance(part, Difference)), default=0) + 1


def day_of_change(plan_input: PlanInput, sale_id: str, invoice: Sale) -> dt.date | None:
    """The day at the site on which a sale was last saved, since Oncord says no other; the first open day where that one is
    locked, and never before its invoice."""
    snapshot = plan_input.snapshot(Side.ONCORD, Kind.SALE, sale_id)
    day = plan_input.today
    if snapshot is not None and snapshot.modified_at is not None and plan_input.zone is not None:
        day = snapshot.modified_at.astimezone(plan_input.zone).date()
    day = plan_input.not_locked(day)
    return max(day, invoice.date) if day is not None and invoice.date is not None else day


def entered(
    plan_input: PlanInput, operation: Operation, invoice: Sale, why: str, *, stay: Sequence[str] = ("money",)
) -> Iterator[Operation]:
    """The document over what an update of an invoice would change, and the update without amounts and whatever else has to `stay`;
    nothing where no document can say it. What else has changed waits where QuickBooks refuses every write to the invoice."""
    document = document_over(plan_input, operation, invoice)
    if document is None:
        return
    own = plan_input.links.live((Side.QUICKBOOKS, Kind.SALE, operation.target_id))
    made = create(
        Side.QUICKBOOKS,
        Kind.SALE,
        operation.source_id,
        document,
        operation.rule,
        f"{operation.reason} {called(document)} is over the difference, and the {noun_of(invoice)} stays as it is, {why}.",
        fields=("money",),
        part=Difference(_next(plan_input, operation.source_id)),
        backfill=plan_input.backfill,
    )
    yield replace(made, origin=own.origin if own is not None else made.origin)
    lock = plan_input.lock
    fields = tuple(field for field in operation.fields if field not in ("money", *stay))
    after = operation.record
    if fields and isinstance(after, Sale) and not (lock is not None and lock.closes(invoice.date)):
        as_it_stays = {group: getattr(invoice, group) for group in stay}
        yield replace(operation, record=replace(after, **as_it_stays), fields=fields)
