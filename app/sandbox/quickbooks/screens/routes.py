"""The page of a company: its forms, and the last invoices. No login, no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.sandbox import pages
from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.screens import deeds
from app.sandbox.quickbooks.values.faults import FaultError
from app.sandbox.quickbooks.values.wire import Body, money
from app.sandbox.quickbooks.world import World

SHOWN = 12
OFFERED = 50
"""How many invoices a form lets choose from, the newest first."""
DONE = {
    "invoice": "The invoice is saved.",
    "payment": "The payment is received.",
    "customer": "The customer is saved.",
    "revoke": "The service has no access to this company any more.",
}
"""What is said after each deed."""


async def books_page(request: Request) -> Response:
    """The page of one company, the first when none is named; with the invoice and the customer that were opened."""
    world: World = request.app.state.world
    asked = request.query_params
    if not world.companies:
        return pages.page("nothing.html", heading="No company yet", how="POST /_sandbox/companies")
    company = world.companies.get(asked.get("company", next(iter(world.companies))))
    if company is None:
        return pages.page(
            "nothing.html", status=404, heading="There is no such company", how="POST /_sandbox/companies"
        )
    return _shown(world, company, asked, done=DONE.get(asked.get("done", ""), ""))


async def edit_invoice(request: Request) -> Response:
    return await _done(request, "invoice", deeds.edit_invoice)


async def receive_payment(request: Request) -> Response:
    return await _done(request, "payment", deeds.receive_payment)


async def change_customer(request: Request) -> Response:
    return await _done(request, "customer", deeds.change_customer)


async def revoke_access(request: Request) -> Response:
    """Take every app's access to the company away, as its owner does under Apps."""
    world: World = request.app.state.world

    def revoke(company: Company, _: Mapping[str, str]) -> Body:
        world.grants.revoke_company(company.realm)
        return {}

    return await _done(request, "revoke", revoke)


async def _done(request: Request, name: str, deed: Callable[[Company, Mapping[str, str]], Body]) -> Response:
    """Do it, and show the page again; what QBO refuses stands above the page."""
    world: World = request.app.state.world
    form = await pages.sent(request)
    company = world.companies.get(form.get("company", ""))
    if company is None:
        return pages.page(
            "nothing.html", status=404, heading="There is no such company", how="POST /_sandbox/companies"
        )
    try:
        deed(company, form)
    except FaultError as refused:
        return _shown(world, company, form, wrong=f"{refused.message}: {refused.detail}", status=422)
    except deeds.UnreadableError as refused:
        return _shown(world, company, form, wrong=str(refused), status=422)
    world.revision += 1
    return pages.back(f"/?company={company.realm}&done={name}")


def _shown(
    world: World, company: Company, asked: Mapping[str, str], *, done: str = "", wrong: str = "", status: int = 200
) -> Response:
    invoices = [record.body for record in reversed(company.table("Invoice").rows.values())]
    invoice, customer = company.get("Invoice", asked.get("invoice")), company.get("Customer", asked.get("customer"))
    return pages.page(
        "books.html",
        status=status,
        done=done,
        wrong=wrong,
        company=company,
        called=company.table("CompanyInfo").rows["1"].body["CompanyName"],
        home=company.home_currency["value"],
        others=[other for other in world.companies.values() if other is not company],
        last=invoices[:SHOWN],
        invoices=invoices[:OFFERED],
        owed=[body for body in invoices if money(body["Balance"]) > 0][:OFFERED],
        invoice=invoice.body if invoice else None,
        shown_amount=deeds.shown_amount,
        accounts=_active(company, "Account", "Name", _takes_money),
        customers=_active(company, "Customer", "DisplayName"),
        customer=customer.body if customer else None,
        connected=world.grants.lives(company.realm),
    )


def _active(company: Company, entity: str, name: str, fits: Callable[[Body], bool] = lambda _: True) -> list[Body]:
    """Rows that are in use, by name."""
    rows = (record.body for record in company.table(entity).rows.values())
    return sorted((body for body in rows if body.get("Active", True) and fits(body)), key=lambda body: str(body[name]))


def _takes_money(account: Body) -> bool:
    """Whether a bookkeeper would deposit money there."""
    return account["AccountType"] == "Bank" or account.get("AccountSubType") == "UndepositedFunds"


def routes() -> list[Route]:
    return [
        Route("/", books_page),
        Route("/static/console.css", pages.stylesheet),
        Route("/invoice", edit_invoice, methods=["POST"]),
        Route("/payment", receive_payment, methods=["POST"]),
        Route("/customer", change_customer, methods=["POST"]),
        Route("/revoke", revoke_access, methods=["POST"]),
    ]
