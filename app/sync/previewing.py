"""What a person is shown of a plan before it is carried out: what each write would move in the books, and which ones the books
would not take.
"""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import unit_of
from app.domain.model.operations import Operation
from app.domain.model.records import Counterpart, Kind, Receipt, Record, Sale, Side
from app.domain.model.totals import BookTerms, CentMoves, TaxTable, half_up, percent_of
from app.domain.planning.effects import Effect, Figures, PlannedBooks, after, as_posted, as_read
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.promises import makes, needs
from app.domain.planning.signatures import Recognised, is_signed, signature
from app.domain.sales.tax_representation import render
from app.storage.records import mirrors
from app.storage.runs import dry_runs
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext

AT_ONCE = 1000
MONEY_KINDS = (Kind.SALE, Kind.RECEIPT)


def held_by_target(plan_input: PlanInput, operation: Operation) -> Record | None:
    """What the target of a write holds now."""
    target = plan_input.snapshot(operation.side, operation.kind, operation.target_id)
    return target.record if operation.action.writes and operation.target_id and target is not None else None


async def tell_effects(context: TurnContext) -> None:
    """Add to each write of a dry run what it would move in the books, or why they would not take it: page by page in the order in
    which they would be carried out, each page on the books as those before it leave them."""
    after = -1
    while True:
        async with context.reading() as tx:
            page = await dry_runs.money_writes(tx, context.connection_id, context.run_id, after=after, limit=AT_ONCE)
        if not page:
            return
        await context.hold()
        terms = await context.sides[Side.QUICKBOOKS].book_terms()
        books = await _books_before(context, page, terms)
        rates = await _rates(context, page)
        told = {stored.id: _told(context, books, terms, stored, rate) for stored, rate in zip(page, rates, strict=True)}
        async with context.transaction() as tx:
            await dry_runs.tell(tx, context.connection_id, told)
        after = page[-1].sequence


async def _rates(context: TurnContext, page: Sequence[StoredOperation]) -> list[Decimal | None]:
    """What one of each write's currency is in that of the books: 1 at home, None where the company has no rate of its day."""
    priced = {s.id: record for s in page if (record := s.operation.record or s.before) is not None}
    told = await context.sides[Side.QUICKBOOKS].home_rates(list(priced.values()))
    rates = dict(zip(priced, told, strict=True))
    return [rates.get(stored.id, Decimal(1)) for stored in page]


def _told(
    context: TurnContext, books: PlannedBooks, terms: BookTerms, stored: StoredOperation, rate: Decimal | None
) -> dict[str, Any]:
    """What is kept of one write: each effect as figure, key, day, amount, currency, amount at home (null: no rate), and what the key is
    called, with the percentage of a tax code; or why the books would refuse it."""
    home = context.configuration.home_currency
    try:
        effects = _carried_out(books, terms, stored)
    except CentMoves as refused:
        return {"refused": str(refused)}
    return {"effects": [_plain(each, rate, home, terms) for each in effects]} if effects else {}


def _carried_out(books: PlannedBooks, terms: BookTerms, stored: StoredOperation) -> list[Effect]:
    """Carry one write out in thought. Raises `CentMoves` where the books would not take it."""
    record = after(stored.operation, stored.before)
    return books.carry_out(stored.operation, record, _figures(stored.operation, stored.before, record, terms.table))


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


async def _books_before(context: TurnContext, page: Sequence[StoredOperation], terms: BookTerms) -> PlannedBooks:
    """The books as they are before the first write of a page, as far as its writes touch them; by payment also what they pay, and
    what pays them."""
    books = PlannedBooks(cash=context.configuration.gst_basis == "cash" and context.configuration.country != "US")
    targets = {kind: {s.operation.target_id for s in page if s.operation.kind is kind} - {""} for kind in MONEY_KINDS}
    made_of: set[str] = set()
    for stored in page:
        if stored.operation.target_id:
            books.know(stored.operation.kind, stored.operation.target_id, stored.before)
    if books.cash:
        made_of = await _know_paid(context, books, page, targets)
    async with context.reading() as tx:
        run = (tx, context.connection_id, context.run_id, page[0].sequence)
        earlier = await dry_runs.earlier_writes(*run, Kind.SALE, targets[Kind.SALE], made_of)
        earlier += await dry_runs.earlier_writes(*run, Kind.RECEIPT, targets[Kind.RECEIPT])
        if books.cash:
            earlier += await dry_runs.earlier_payments(*run, targets[Kind.SALE])
    once = {stored.id: stored for stored in earlier}
    for stored in sorted(once.values(), key=lambda stored: stored.sequence):
        with suppress(CentMoves):
            _carried_out(books, terms, stored)
    return books


async def _know_paid(
    context: TurnContext, books: PlannedBooks, page: Sequence[StoredOperation], targets: dict[Kind, set[str]]
) -> set[str]:
    """Add to the targets of a page what its payments pay, and what pays its documents; answers of which sales of Oncord those
    documents are made that are paid and not there yet."""
    money = [r for s in page for r in (s.operation.record, s.before) if isinstance(r, Receipt)]
    paid = [a.sale_id for r in money for a in r.payment.allocations]
    made_of = {reference.id for reference in paid if isinstance(reference, Counterpart)}
    targets[Kind.SALE] |= {reference for reference in paid if isinstance(reference, str)}
    connection = context.connection_id
    async with context.reading() as tx:
        for stored in await dry_runs.recognised_sales(tx, connection, context.run_id, made_of):
            books.adopt(stored.operation)
            ids = {
                stored.operation.side: stored.operation.target_id,
                stored.operation.side.other: stored.operation.source_id,
            }
            targets[Kind.SALE].add(ids[Side.QUICKBOOKS])
        documents = await mirrors.load(tx, connection, Side.QUICKBOOKS, Kind.SALE, targets[Kind.SALE])
        changed = {s.operation.target_id for s in page if s.operation.kind is Kind.SALE} - {""}
        payers = await mirrors.that_pay_any(tx, connection, Side.QUICKBOOKS, changed)
    for snapshot in (*documents.values(), *payers):
        books.know(snapshot.kind, snapshot.id, snapshot.record)
    targets[Kind.RECEIPT] |= {payer.id for payer in payers}
    return made_of


def sign_of(operation: Operation, plan_input: PlanInput, pairs: Recognised) -> str:
    """The signature of an operation of a plan that makes these records one."""
    return signature(operation, held_by_target(plan_input, operation), plan_input.links, pairs)


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
