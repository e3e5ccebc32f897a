"""Reads what the particulars of a stage's documents are taken from: how money came, and what comes with a sale."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Sale, Side
from app.domain.planning.particulars import Surroundings
from app.storage.records import documents
from app.sync.context import TurnContext
from app.sync.writing.memory import Memory


async def surroundings(context: TurnContext, writes: Iterable[Operation], memory: Memory) -> Surroundings:
    """What is known around some writes of one kind to one side; nothing is read where none of them needs it."""
    asked = [o for o in writes if o.side is Side.QUICKBOOKS]
    methods: Mapping[str, str] = {}
    if any(o.kind is Kind.RECEIPT for o in asked):
        methods = await context.titles_of_methods()
    return Surroundings(memory.snapshots, await _coming(context, asked, memory), methods)


async def _coming(context: TurnContext, writes: Iterable[Operation], memory: Memory) -> Mapping[str, Decimal]:
    """How much of each paid sale is paid by receipts that nothing keeps out of the books."""
    paid: list[str] = []
    for operation in writes:
        snapshot = memory.snapshots.get((Side.ONCORD, operation.kind, operation.source_id))
        sale = snapshot.record if snapshot is not None else None
        if isinstance(sale, Sale) and sale.paid:
            paid.append(operation.source_id)
    if not paid:
        return {}
    async with context.reading() as tx:
        parts_paid = await documents.paid_through(tx, context.connection_id, paid)
    coming: dict[str, Decimal] = defaultdict(Decimal)
    for part in parts_paid:
        if context.configuration.account_for(part.method_id, part.currency):
            coming[part.sale_id] += part.amount
    return coming
