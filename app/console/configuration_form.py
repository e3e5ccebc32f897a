"""The configuration as a form with live choices; what does not make sense comes back with a sentence at each field."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from app.console.session import CALLER, DeskOf, Form, PageRoute, SignedIn, go
from app.console.view import page
from app.domain.configuration import Configuration, ItemPolicy, MappedMethod, MappedTaxCode
from app.domain.records import Kind, Side
from app.errors import InvalidInput
from app.services import configure
from app.services.choices import RECENT, Choices, read_choices, suggestion
from app.services.flash import Message
from app.storage.connections import Connection

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/connections/{connection_id}/configuration")

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
WINNERS = (Kind.CONTACT, Kind.SALE, Kind.RECEIPT)


@router.get("")
async def show(request: Request, desk: DeskOf, csrf: SignedIn, connection_id: Id) -> Response:
    """The form, filled with what is configured or with a suggestion."""
    connection, choices = await read_choices(desk, connection_id)
    shown = connection.configuration or suggestion(connection, choices)
    return _form(request, csrf, connection, choices, shown, {})


@router.post("")
async def save(request: Request, desk: DeskOf, csrf: SignedIn, form: Form, connection_id: Id) -> Response:
    """Store it, or show what is wrong with each field."""
    connection, choices = await read_choices(desk, connection_id, max_age=RECENT)
    wish, wrong = _wish(form, connection, choices)
    if not wrong:
        try:
            await configure.configure(desk, connection_id, wish, who=CALLER, auto_sync=form.get("auto_sync") == "1")
        except InvalidInput as refused:
            wrong = refused.fields
        else:
            return go(request, f"/connections/{connection_id}", "The configuration is stored.")
    return _form(request, csrf, connection, choices, wish, wrong)


def _form(
    request: Request,
    csrf: str,
    connection: Connection,
    choices: Choices,
    shown: Configuration,
    errors: Mapping[str, str],
) -> Response:
    message = Message("Nothing was stored. The fields below say what they need.", False) if errors else None
    return page(
        request,
        "configuration.html",
        csrf=csrf,
        status=422 if errors else 200,
        message=message,
        connection=connection,
        choices=choices,
        shown=replace(shown, payment_methods=_offered(shown, choices)),
        methods={method.id: method for method in choices.payment_methods},
        waiting=_waiting(connection.configuration, choices),
        mapped={code.code: code.quickbooks_id for code in shown.tax_codes},
        tax_errors={
            code.code: errors.get(f"tax_codes[{index}].quickbooks_id") or errors.get(f"tax_codes[{index}].code", "")
            for index, code in enumerate(shown.tax_codes)
        },
        winners=WINNERS,
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
    waiting = _waiting(connection.configuration, choices)
    rates = {code.id: code.rate for code in choices.tax_codes}
    return Configuration(
        start_date=start,
        payment_methods=tuple(
            MappedMethod(
                id=method.id,
                deposit_account_id=said(f"account:{method.id}:{method.currency}") or None,
                preferred=bool(said(f"preferred:{method.id}:{method.currency}")),
                currency=method.currency,
            )
            for method in _offered(before, choices)
            if said(f"account:{method.id}:{method.currency}") or (method.id, method.currency) not in waiting
        ),
        tax_codes=tuple(
            MappedTaxCode(code=code, quickbooks_id=said(f"tax:{code}"), rate=rate)
            for code, rate in rates.items()
            if said(f"tax:{code}")
        ),
        items=ItemPolicy(
            mode="match" if said("items_mode") == "match" else "single",
            item_id=said("item_id"),
            income_account_id=said("income_account_id"),
            shipping_item_id=said("shipping_item_id"),
            discount_item_id=said("discount_item_id"),
        ),
        document_numbers="quickbooks" if said("document_numbers") == "quickbooks" else "oncord",
        conflict_winner={
            **before.conflict_winner,
            **{kind: Side.QUICKBOOKS if said(f"winner:{kind}") == "quickbooks" else Side.ONCORD for kind in WINNERS},
        },
    ), wrong


def _offered(before: Configuration, choices: Choices) -> tuple[MappedMethod, ...]:
    """The rows of the form: what was mapped before and still exists, and every other method in every currency."""
    offered = {method.id for method in choices.payment_methods}
    kept = tuple(method for method in before.payment_methods if method.id in offered)
    known = {(method.id, method.currency) for method in kept}
    rows = [(method.id, currency) for method in choices.payment_methods for currency in ("", *_foreign(choices))]
    return (*kept, *(MappedMethod(one, currency=currency) for one, currency in rows if (one, currency) not in known))


def _foreign(choices: Choices) -> list[str]:
    """The currencies, other than its own, in which the company keeps deposit accounts."""
    facts = choices.company.facts
    there = {account.currency for account in choices.company.deposit_accounts} - {"", facts.currency}
    return sorted(there) if facts.multi_currency else []


def _waiting(before: Configuration | None, choices: Choices) -> set[tuple[str, str]]:
    """Methods in foreign currencies that nothing was decided about: left empty they stay so, and their receipts wait."""
    decided = {(method.id, method.currency) for method in before.payment_methods} if before else set()
    rows = {(method.id, currency) for method in choices.payment_methods for currency in _foreign(choices)}
    return rows - decided
