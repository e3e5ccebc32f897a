"""The credit that a sale cancelled late has left with its customer (S5), paid back as somebody has said.

A refund that names the sale is recorded in Oncord; it goes over like any other (R5): money out of its account, joined to the credit
memo that takes the sale back. So both sides have the same documents, and no money is sent by this service.
"""

from collections.abc import Iterator

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.link_part import PAY_BACK
from app.domain.model.links import Link
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Allocation, Kind, Payment, Receipt, Sale, Side, is_void
from app.domain.model.waiting import ConfigurationChoice
from app.domain.planning.decisions import decision
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.unapplied import answered_by
from app.domain.planning.writes import create
from app.domain.sales.cancelled import RULE, beside, open_of


def shown_as(memo_id: str, memo: Sale) -> str:
    """What stands for open credit as it was asked about, so that an answer holds for just that."""
    return f"{memo_id} {open_of(memo).normalize()} {memo.money.currency}"


def paid_back(
    plan_input: PlanInput, change: ChangedRecord, link: Link, sale: Sale, invoice: Sale
) -> Iterator[Operation]:
    """The refund, in Oncord, of the credit of a cancelled sale that was answered about; nothing where that is another by now, or
    where the credit still has an invoice of its own sale to settle."""
    answer, own = plan_input.pay_back_answers.get(link.oncord_id), beside(plan_input, link)
    memo = own.document if own is not None else None
    if answer is None or own is None or memo is None or memo.type != "adjustment" or not is_void(sale):
        return
    if shown_as(own.link.quickbooks_id, memo) != answer.shown or not open_of(memo):
        return
    if not invoice.voided and invoice.paid < invoice.money.total:
        return
    method = _method(plan_input, answer.account, memo.money.currency)
    if method is None:
        yield decision(Action.PARK, change, RULE, _NO_METHOD, ConfigurationChoice("pay back account"))
        return
    credit, currency = open_of(memo), memo.money.currency
    day = plan_input.not_locked(plan_input.today)
    refund = Receipt(
        contact_id=sale.contact_id,
        payment=Payment(-credit, currency, (Allocation(link.oncord_id, credit, "adjustment"),)),
        channel=method,
        date=day,
        books_status="waiting",
    )
    dated = f", dated {day_in_words(day)}" if day else ""
    told = create(
        Side.ONCORD,
        Kind.RECEIPT,
        link.oncord_id,
        refund,
        RULE,
        f"{with_currency(credit, currency)} that sale {sale.number} has left with its customer is paid back, {answer.said}: a refund"
        f"{dated}, which goes over as money out and is joined to the credit memo.",
        fields=("payment",),
        part=PAY_BACK,
        generation=answer.times,
        backfill=plan_input.backfill,
    )
    yield answered_by(told, answer)


_NO_METHOD = (
    "Somebody has said that the credit of this cancelled sale is paid back, but no payment method leads to the account of that any more. "
    "Map a payment method to it in the configuration."
)


def _method(plan_input: PlanInput, account: str, currency: str) -> str | None:
    """The payment method of the account that was said with the answer, or else of that of the configuration."""
    configuration = plan_input.configuration
    return configuration.method_for(account or configuration.pay_back_account, currency=currency)
