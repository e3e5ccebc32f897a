"""The configuration as a form with live choices; what does not make sense comes back with a sentence at each field."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from app.console.form_choices import (
    gst_basis_said,
    gst_period_said,
    opening_receivables_said,
    removals_said,
    vouchers_redeemed_said,
)
from app.console.reasons_form import reasons_form, reasons_wish
from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.stored_configuration import stored
from app.console.to_decide import parts_of
from app.console.untaxed_form import untaxed_form, untaxed_wish
from app.console.view import page
from app.domain.guards.holding import LONGEST_DAYS
from app.domain.model.configuration import (
    Configuration,
    DocumentPolicy,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
)
from app.domain.model.description import DESCRIPTIONS, Field
from app.domain.model.records import Kind, Side
from app.errors import InvalidInput
from app.services import configure, overview
from app.services.adviser import advice
from app.services.choices import (
    RECENT,
    Choices,
    documents_of_codes,
    read_choices,
    suggestion,
    undecided_receipts,
    with_entries,
)
from app.services.configuration_rules import HOLDING
from app.services.double_income import A_MINUTE
from app.services.flash import Message
from app.services.ports import Option, ServiceContainer
from app.services.proposals import filled_in, proposals
from app.services.sessions import Visitor
from app.services.special_items import clearing_items, voucher_items
from app.services.untaxed import counted_untaxed
from app.storage.connections.connections import Connection

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/connections/{connection_id}/configuration")

NONE = "none"
"""What a select says where somebody has decided against; "" is not decided yet (law 13)."""
WINNERS = (Kind.CONTACT, Kind.SALE, Kind.RECEIPT)


@router.get("")
async def show(request: Request, container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """The form, filled with what is configured or with a suggestion; with `?fill=1` also with what is obvious of the rest."""
    connection, choices = await read_choices(container, connection_id)
    choices = await with_entries(container, connection, choices, warned_for=A_MINUTE)
    shown = connection.configuration or suggestion(connection, choices)
    if request.query_params.get("fill") == "1":
        shown = filled_in(shown, choices)
    return await _form(request, container, visitor, connection, choices, shown, {})


@router.post("")
async def save(request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id) -> Response:
    """Store it, or show what is wrong with each field."""
    connection, choices = await read_choices(container, connection_id, max_age=RECENT)
    wish, wrong = _wish(form, connection, choices)
    if not wrong:
        try:
            await configure.configure(
                container, connection_id, wish, who=visitor.actor, auto_sync=form.get("auto_sync") == "1"
            )
        except InvalidInput as refused:
            wrong = refused.fields
        else:
            return go(request, f"/connections/{connection_id}", stored(connection.configuration, wish, choices))
    return await _form(request, container, visitor, connection, choices, wish, wrong)


async def _form(
    request: Request,
    container: ServiceContainer,
    visitor: Visitor,
    connection: Connection,
    choices: Choices,
    shown: Configuration,
    errors: Mapping[str, str],
) -> Response:
    waiting = await undecided_receipts(container, connection.id)
    held = await documents_of_codes(container, connection.id)
    untaxed = await counted_untaxed(container, connection.id, choices)
    offered = replace(shown, payment_methods=_offered(shown, choices, {each.currency for each in waiting}))
    reasons = reasons_form(shown.items.reason_items, choices)
    rows = untaxed_form(shown.untaxed_lines, choices, untaxed)
    message = Message("Nothing was stored. The fields below say what they need.", False) if errors else None
    return page(
        request,
        "configuration.html",
        visitor=visitor,
        status=422 if errors else 200,
        message=message,
        overview=await overview.read_connection(container, connection.id),
        connection=connection,
        choices=choices,
        shown=offered,
        parts=parts_of(offered, choices, rows, reasons, waiting=bool(waiting), held=bool(held), errors=errors),
        methods={method.id: method for method in choices.payment_methods},
        accounts=_grouped(choices.company.deposit_accounts),
        voucher_items=voucher_items(choices.company),
        clearing_items=clearing_items(choices.company),
        reasons=reasons,
        waiting={(each.method_id, each.currency): each for each in waiting},
        held={code: groups for (side, code), groups in held.items() if side is Side.ONCORD},
        held_there=[
            (next((code.name for code in choices.company.tax_codes if code.id == code_id), code_id), groups)
            for (side, code_id), groups in held.items()
            if side is Side.QUICKBOOKS
        ],
        home=choices.company.facts.currency,
        mapped={code.code: NONE if code.choice == "none" else code.quickbooks_id for code in shown.tax_codes},
        tax_fields={
            code.code: next(
                (at for part in ("quickbooks_id", "code") if (at := f"tax_codes[{index}].{part}") in errors), ""
            )
            for index, code in enumerate(shown.tax_codes)
        },
        untaxed=rows,
        winners=WINNERS,
        details=[(name, field.headed) for name, field in _details().items()],
        longest_days=LONGEST_DAYS,
        proposals=proposals(shown, choices),
        advice=() if errors else advice(shown, choices),
        errors=errors,
    )


def _wish(form: FormData, connection: Connection, choices: Choices) -> tuple[Configuration, dict[str, str]]:
    """What the form says; and what cannot even be read."""

    def said(name: str) -> str:
        return str(form.get(name, "")).strip()

    before = connection.configuration or suggestion(connection, choices)
    wrong: dict[str, str] = {}
    start = before.start_date
    try:
        start = date.fromisoformat(said("start_date"))
    except ValueError:
        wrong["start_date"] = "Choose the day from which sales become invoices."
    held = before.hold_questions_days
    if "hold_questions_days" in form:  # a page from before there was this field changes nothing
        try:
            held = int(said("hold_questions_days"))
        except ValueError:
            wrong["hold_questions_days"] = HOLDING
    lodged = before.lodged_until
    if "lodged_until" in form:
        try:
            lodged = date.fromisoformat(said("lodged_until")) if said("lodged_until") else None
        except ValueError:
            wrong["lodged_until"] = "Choose the last day of the period that was lodged, or leave it empty."
    unmapped = before.unmapped_methods_account
    if "unmapped_account" in form:
        unmapped = said("unmapped_account") if said("unmapped") else ""
        if said("unmapped") and not unmapped:
            wrong["unmapped_methods_account_id"] = "Choose the account, or take the tick off."
    rates = {code.id: code.rate for code in choices.tax_codes}
    return Configuration(
        start_date=start,
        payment_methods=tuple(
            _of_method(
                said(f"account:{method.id}:{method.currency}"),
                bool(said(f"preferred:{method.id}:{method.currency}")),
                method,
            )
            for method in _offered(
                before, choices, {name.split(":")[2] for name in form if name.startswith("account:")}
            )
        ),
        tax_codes=tuple(
            MappedTaxCode(
                code, "" if said(f"tax:{code}") == NONE else said(f"tax:{code}"), rate, said(f"tax:{code}") == NONE
            )
            for code, rate in rates.items()
        ),
        unmapped_methods_account=unmapped,
        goodwill_account=said("goodwill_account") if "goodwill_account" in form else before.goodwill_account,
        pay_back_account=said("pay_back_account") if "pay_back_account" in form else before.pay_back_account,
        opening_receivables=opening_receivables_said(said("opening_receivables"), before),
        untaxed_lines=untaxed_wish(form, before.untaxed_lines, choices),
        items=ItemPolicy(
            mode="match" if said("items_mode") == "match" else "single",
            item_id=said("item_id"),
            opening_item_id=said("opening_item_id") if "opening_item_id" in form else before.items.opening_item_id,
            income_account_id=said("income_account_id"),
            shipping_item_id=said("shipping_item_id"),
            discount_item_id=said("discount_item_id"),
            voucher_item_id=said("voucher_item_id") if "voucher_item_id" in form else before.items.voucher_item_id,
            voucher_clearing_item_id=said("voucher_clearing_item_id")
            if "voucher_clearing_item_id" in form
            else before.items.voucher_clearing_item_id,
            rounding_item_id=said("rounding_item_id") if "rounding_item_id" in form else before.items.rounding_item_id,
            reason_items=reasons_wish(form, before.items.reason_items),
        ),
        vouchers_redeemed=vouchers_redeemed_said(said("vouchers_redeemed"), before),
        documents=_documents(form, before.documents),
        document_numbers="quickbooks" if said("document_numbers") == "quickbooks" else "oncord",
        removals=removals_said(form, before),
        conflict_winner={
            **before.conflict_winner,
            **{kind: Side.QUICKBOOKS if said(f"winner:{kind}") == "quickbooks" else Side.ONCORD for kind in WINNERS},
        },
        contact_winner=_contact_winner(form, before),
        hold_questions_days=held,
        lodged_until=lodged,
        gst_basis=gst_basis_said(said("gst_basis")) if "gst_basis" in form else before.gst_basis,
        gst_period=gst_period_said(said("gst_period")) if "gst_period" in form else before.gst_period,
    ), wrong


def _details() -> dict[str, Field]:
    """What the two sides of a contact may disagree about."""
    return {field.name: field for field in DESCRIPTIONS[Kind.CONTACT].fields if field.merged}


def _contact_winner(form: FormData, before: Configuration) -> dict[str, Side]:
    """Who goes on in which detail; one that is left as contacts go is not in it, and a page from before changes nothing."""
    said = {name: str(form.get(f"detail:{name}", "")) for name in _details()}
    if not any(f"detail:{name}" in form for name in said):
        return before.contact_winner
    return {name: Side(side) for name, side in said.items() if side in tuple(Side)}


def _documents(form: FormData, before: DocumentPolicy) -> DocumentPolicy:
    """What new documents are given besides; a page from before there were these fields changes nothing."""
    if "payment_links" not in form:
        return before
    return DocumentPolicy(
        class_id=str(form.get("class_id", "")).strip(),
        location_id=str(form.get("location_id", "")).strip(),
        payment_links=form.get("payment_links") == "1",
    )


def _offered(before: Configuration, choices: Choices, further: Collection[str]) -> tuple[MappedMethod, ...]:
    """The rows of the form: what was mapped before and still exists, and every other method in every currency.

    `further` currencies have receipts that wait: the company may put their money into an account of its own currency.
    """
    offered = {method.id for method in choices.payment_methods}
    kept = tuple(method for method in before.payment_methods if method.id in offered)
    known = {(method.id, method.currency) for method in kept}
    rows = [
        (method.id, currency) for method in choices.payment_methods for currency in ("", *_foreign(choices, further))
    ]
    return (*kept, *(MappedMethod(one, currency=currency) for one, currency in rows if (one, currency) not in known))


def _foreign(choices: Choices, further: Collection[str]) -> list[str]:
    """The currencies, other than its own, in which the company keeps deposit accounts or money is waiting."""
    facts = choices.company.facts
    there = ({account.currency for account in choices.company.deposit_accounts} | set(further)) - {"", facts.currency}
    return sorted(there) if facts.multi_currency else []


def _of_method(said: str, preferred: bool, method: MappedMethod) -> MappedMethod:
    """What the form says about a method: an account, that its receipts stay in Oncord, or nothing yet."""
    account = said if said not in ("", NONE) else None
    return MappedMethod(method.id, account, preferred, method.currency, left_out=said == NONE)


def _grouped(accounts: Iterable[Option]) -> dict[str, list[Option]]:
    """The accounts under their headings, in the order in which they are offered."""
    groups: dict[str, list[Option]] = {}
    for account in accounts:
        groups.setdefault(account.group, []).append(account)
    return groups
