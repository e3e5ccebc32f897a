"""Saying once that a tax number was typed in QuickBooks, which shows nobody more than its end."""

from collections.abc import Iterator

from app.domain.matching.tax_numbers import is_masked, may_be_one, tail
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Contact, Kind, Side
from app.domain.planner import Plan, PlanEntry
from app.domain.planning.plan_input import Key, PlanInput
from app.storage.database import Transaction
from app.storage.people import attention
from app.sync.context import TurnContext
from app.sync.writing.ask import ask

KIND = "hidden_number"


async def say_hidden_numbers(context: TurnContext, tx: Transaction, plan_input: PlanInput, plan: Plan) -> None:
    """Open an item for each customer of a pair whose number has become another one that nobody can read, and close those of
    numbers that can be, or that Oncord knows by now."""
    settled: list[str] = []
    for entry in plan.entries:
        for operation, customer, contact in _pairs(plan_input, entry):
            if not is_masked(customer.tax_number) or _is_known(operation, customer, contact):
                settled.append(_key(operation))
            elif _is_news(plan_input, operation, customer) and not _decided(entry):
                await _say(context, tx, operation, customer, contact)
    if settled:
        reason = "Both sides have the same number, or none."
        await attention.settle(tx, context.connection_id, sorted(set(settled)), reason=reason, now=context.clock.now())


def _pairs(plan_input: PlanInput, entry: PlanEntry) -> Iterator[tuple[Operation, Contact, Contact | None]]:
    """The customers that an entry pairs, creates a contact for, or compares with their contact; as what is decided of them."""
    for operation in entry.operations:
        if operation.kind is not Kind.CONTACT or operation.action not in _TOGETHER:
            continue
        customer_id, contact_id = operation.source_id, operation.target_id
        if operation.side is Side.QUICKBOOKS:
            customer_id, contact_id = contact_id, customer_id
        customer = plan_input.record(Side.QUICKBOOKS, Kind.CONTACT, customer_id)
        contact = plan_input.record(Side.ONCORD, Kind.CONTACT, contact_id)
        if isinstance(customer, Contact):
            yield operation, customer, contact if isinstance(contact, Contact) else None


_TOGETHER = frozenset({Action.CREATE, Action.ADOPT, Action.REBASE, Action.UPDATE})


def _customer_id(operation: Operation) -> str:
    return operation.target_id if operation.side is Side.QUICKBOOKS else operation.source_id


def _is_known(operation: Operation, customer: Contact, contact: Contact | None) -> bool:
    """Whether Oncord has a number that ends alike, or is just giving QuickBooks its own."""
    given = operation.side is Side.QUICKBOOKS and "tax_number" in operation.groups
    return given or (contact is not None and may_be_one(customer.tax_number, contact.tax_number))


def _is_news(plan_input: PlanInput, operation: Operation, customer: Contact) -> bool:
    """Whether it is another number than the one that was visible when the pair last agreed."""
    key: Key = (Side.QUICKBOOKS, Kind.CONTACT, _customer_id(operation))
    link = plan_input.links.live(key)
    base = link.base_quickbooks if link is not None else None
    return not isinstance(base, Contact) or base.tax_number != customer.tax_number


def _decided(entry: PlanEntry) -> bool:
    """Whether both sides have another number, of which the conflict tells."""
    return any(d.field == "tax_number" for o in entry.operations for d in o.disagreements)


async def _say(
    context: TurnContext, tx: Transaction, operation: Operation, customer: Contact, contact: Contact | None
) -> None:
    visible = tail(customer.tax_number)
    oncord_number = contact.tax_number if contact is not None else ""
    in_oncord = f"Oncord says {oncord_number}" if oncord_number else "Oncord has none"
    summary = (
        f"Its tax number (ABN) was entered in QuickBooks, which shows only that it ends in {visible}; {in_oncord}. "
        "A number that nobody can read is not carried over."
    )
    if await attention.was_said(tx, context.connection_id, _key(operation), summary):
        return
    await ask(
        context,
        tx,
        operation,
        kind=KIND,
        summary=summary,
        advice="Type the whole number in Oncord if it is to be there too; QuickBooks then gets it from there.",
        actions=("dismiss",),
        key=_key(operation),
    )


def _key(operation: Operation) -> str:
    return f"{KIND}:{_customer_id(operation)}"
