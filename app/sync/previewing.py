"""What a person is shown of a plan before it is carried out: what each write would move in the books, and which ones the books
would not take.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Receipt, Record, Sale, Side
from app.domain.model.totals import BookTerms, CentMoves, TaxTable, half_up, percent_of
from app.domain.planning.effects import Effect, Figures, PlannedBooks, after, as_posted, as_read, moves_books
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.promises import makes, needs
from app.domain.planning.signatures import Recognised, is_signed, signature
from app.domain.sales.tax_representation import render
from app.storage.records import mirrors
from app.sync.context import TurnContext

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Previewed:
    """One planned operation: what its target holds, what it would move, and why the books would not take it ("" where they would)."""

    operation: Operation
    before: Record | None = None
    effects: Sequence[Any] = field(default=())
    refused: str = ""

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored: each effect as figure, key, day, amount, currency, amount at home (null: no rate), and what the
        key is called, with the percentage of a tax code."""
        kept = {"effects": list(self.effects), "refused": self.refused}
        return {name: value for name, value in kept.items() if value}


async def preview(context: TurnContext, plan_input: PlanInput, planned: Sequence[Operation]) -> list[Previewed]:
    """Each operation of a plan, in the order in which they would be carried out, with what it would move."""
    if not any(moves_books(operation) for operation in planned):
        return [Previewed(operation, _held(plan_input, operation)) for operation in planned]
    await context.hold()
    terms = await context.sides[Side.QUICKBOOKS].book_terms()
    books = PlannedBooks(cash=context.configuration.gst_basis == "cash" and context.configuration.country != "US")
    for operation in planned:
        if operation.action is Action.ADOPT and operation.kind is Kind.SALE:
            books.adopt(operation)
    await _know(context, plan_input, books, planned)
    rates = await _rates(context, plan_input, planned)
    home = context.configuration.home_currency
    return [
        _previewed(books, terms, operation, _held(plan_input, operation), rates[place], home)
        for place, operation in enumerate(planned)
    ]


def _held(plan_input: PlanInput, operation: Operation) -> Record | None:
    """What the target of a write holds now."""
    target = plan_input.snapshot(operation.side, operation.kind, operation.target_id)
    return target.record if operation.action.writes and operation.target_id and target is not None else None


def _previewed(
    books: PlannedBooks, terms: BookTerms, operation: Operation, before: Record | None, rate: Decimal | None, home: str
) -> Previewed:
    if not moves_books(operation):
        return Previewed(operation, before)
    record = after(operation, before)
    try:
        figures = _figures(operation, before, record, terms.table)
    except CentMoves as refused:
        return Previewed(operation, before, refused=str(refused))
    effects = books.carry_out(operation, record, figures)
    return Previewed(operation, before, [_plain(each, rate, home, terms) for each in effects])


def _figures(operation: Operation, before: Record | None, record: Record | None, table: TaxTable) -> Figures | None:
    """What a document will come to: as it is posted where its amounts are written, else as it is. Raises `CentMoves`."""
    if not isinstance(record, Sale):
        return None
    if isinstance(before, Sale) and "money" not in operation.groups:
        return as_read(before.money)
    return as_posted(render(record.money, table))


def _plain(effect: Effect, rate: Decimal | None, home: str, terms: BookTerms) -> list[Any]:
    day = effect.day.isoformat() if effect.day else ""
    at_home = None if rate is None else effect.amount * rate
    if at_home is not None and rate != 1:
        at_home = half_up(at_home, unit_of(home))
    told = None if at_home is None else format(at_home, "f")
    name = (terms.accounts if effect.figure == "account" else terms.codes).get(effect.key, "")
    percent = str(percent_of(terms.table.rates.get(effect.key, ()))) if effect.figure == "sales" else ""
    return [effect.figure, effect.key, day, format(effect.amount, "f"), effect.currency, told, name, percent]


async def _know(context: TurnContext, plan_input: PlanInput, books: PlannedBooks, planned: Sequence[Operation]) -> None:
    """What the books hold of all that the plan writes; by payment also of what that pays, and what pays it."""
    targets = [(o.kind, o.target_id) for o in planned if moves_books(o) and o.target_id]
    for kind, record_id in targets:
        held = plan_input.snapshot(Side.QUICKBOOKS, kind, record_id)
        books.know(kind, record_id, held.record if held is not None else None)
    if not books.cash:
        return
    sales = {record_id for kind, record_id in targets if kind is Kind.SALE}
    money = [r for o in planned if moves_books(o) for r in (o.record, _held(plan_input, o)) if isinstance(r, Receipt)]
    paid = {a.sale_id for r in money for a in r.payment.allocations if isinstance(a.sale_id, str)}
    documents = sorted({*sales, *paid})
    for start in range(0, len(documents), _AT_ONCE):
        some = documents[start : start + _AT_ONCE]
        async with context.reading() as tx:
            loaded = await mirrors.load(tx, context.connection_id, Side.QUICKBOOKS, Kind.SALE, some)
            payers = await mirrors.that_pay_any(tx, context.connection_id, Side.QUICKBOOKS, some)
        for snapshot in (*loaded.values(), *payers):
            books.know(snapshot.kind, snapshot.id, snapshot.record)


async def _rates(context: TurnContext, plan_input: PlanInput, planned: Sequence[Operation]) -> list[Decimal | None]:
    """What one of each write's currency is in that of the books: 1 at home, None where the company has no rate of its day."""
    rates: list[Decimal | None] = [Decimal(1) for _ in planned]
    records = {
        place: record
        for place, operation in enumerate(planned)
        if moves_books(operation) and (record := operation.record or _held(plan_input, operation)) is not None
    }
    told = await context.sides[Side.QUICKBOOKS].home_rates(list(records.values()))
    for place, rate in zip(records, told, strict=True):
        rates[place] = rate
    return rates


def sign_of(operation: Operation, plan_input: PlanInput, pairs: Recognised) -> str:
    """The signature of an operation of a plan that makes these records one."""
    return signature(operation, _held(plan_input, operation), plan_input.links, pairs)


def traits(of: ChangedRecord, operation: Operation, plan_input: PlanInput, pairs: Recognised) -> dict[str, Any]:
    """What is stored of an operation of a dry run, for carrying it out: which changed record it belongs to, what it does, and which
    records it makes or needs to be made."""
    caused_by = (operation.source_side, operation.source_kind, operation.source_id)
    told: dict[str, Any] = {
        "of": ":".join(of.key),
        "on_the_way": caused_by != of.key,
        "sign": sign_of(operation, plan_input, pairs) if is_signed(operation) else "",
        "makes": sorted(":".join(each) for each in makes([operation])),
        "needs": sorted(":".join(each) for each in needs([operation])),
    }
    return {name: value for name, value in told.items() if value}
