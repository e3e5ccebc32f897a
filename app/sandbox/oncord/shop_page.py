"""The shop's page for people: forms that buy, pay, refund, cancel, edit, delete and restore, and what was sold last.

For whoever tries the whole thing out by hand: what is done here is like anything else that happens at the shop, and the
connector is told about it. No login, no script.
"""

from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from app.sandbox import pages
from app.sandbox.oncord import shop_deeds
from app.sandbox.oncord.connector import TheWorld
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.problems import Problem
from app.sandbox.oncord.site import Site
from app.sandbox.oncord.world import World

router = APIRouter(include_in_schema=False)
SHOWN = 12
OFFERED = 50
"""How many sales a form lets choose from."""

Deed = Callable[[Site, Mapping[str, str]], Record]
DONE = {
    "order": "The order is placed; it is the first of the last sales.",
    "pay": "The money is received.",
    "refund": "The sale is given back, and the money too.",
    "cancel": "The sale is cancelled.",
    "edit": "The sale is saved.",
    "delete": "The sale is deleted.",
    "restore": "The sale is back as it was.",
}
"""What is said after each deed."""


@router.get("/static/console.css")
async def look(request: Request) -> FileResponse:
    """What the page looks like."""
    return await pages.stylesheet(request)


@router.get("/", response_class=HTMLResponse)
async def shop_page(world: TheWorld, site: str | None = None, done: str = "", sale: str | None = None) -> HTMLResponse:
    """The page of one shop, the first when none is named; with the sale that was opened."""
    if not world.sites:
        return pages.page("nothing.html", heading="No shop yet", how="POST /_sandbox/sites")
    shop = world.sites.get(site) if site else next(iter(world.sites.values()))
    if shop is None:
        raise Problem(404, "There is no such shop.")
    return _shown(world, shop, opened=sale, done=DONE.get(done, ""))


@router.post("/order")
async def order(request: Request, world: TheWorld) -> Response:
    """Buy something: finds or makes the customer, makes the sale, and takes the money when a way to pay is chosen."""
    return await _done(request, world, "order", shop_deeds.buy)


@router.post("/pay")
async def pay(request: Request, world: TheWorld) -> Response:
    """Pay for a sale, or a part of it."""
    return await _done(request, world, "pay", shop_deeds.pay)


@router.post("/refund")
async def refund(request: Request, world: TheWorld) -> Response:
    """Give a paid sale back, and its money."""
    return await _done(request, world, "refund", shop_deeds.refund)


@router.post("/cancel")
async def cancel(request: Request, world: TheWorld) -> Response:
    """Cancel a sale that nobody has paid for."""
    return await _done(request, world, "cancel", shop_deeds.cancel)


@router.post("/edit")
async def edit(request: Request, world: TheWorld) -> Response:
    """Save a sale as it stands in the form."""
    return await _done(request, world, "edit", shop_deeds.edit)


@router.post("/delete")
async def delete(request: Request, world: TheWorld) -> Response:
    """Delete a sale."""
    return await _done(request, world, "delete", shop_deeds.delete)


@router.post("/restore")
async def restore(request: Request, world: TheWorld) -> Response:
    """Bring a deleted sale back."""
    return await _done(request, world, "restore", shop_deeds.restore)


async def _done(request: Request, world: World, name: str, deed: Deed) -> Response:
    """Do it, have it told, and show the page again; what is refused stands above the page."""
    form = await pages.sent(request)
    shop = world.sites.get(form.get("site", ""))
    if shop is None:
        raise Problem(404, "There is no such shop.")
    try:
        deed(shop, form)
    except Problem as refused:
        reasons = "; ".join(f"{field}: {message}" for field, message in refused.errors)
        wrong = f"{refused.detail} {reasons}".strip()
        return _shown(world, shop, opened=form.get("sale"), wrong=wrong, status=refused.status)
    finally:
        world.announce(shop)
    return pages.back(f"/?site={shop.id}&done={name}")


def _shown(
    world: World, shop: Site, *, opened: str | None = None, done: str = "", wrong: str = "", status: int = 200
) -> HTMLResponse:
    sale = shop.shelves["sale"].live(opened)
    return pages.page(
        "shop.html",
        status=status,
        done=done,
        wrong=wrong,
        shop=shop,
        others=[other for other in world.sites.values() if other is not shop],
        products=_active(shop.products),
        methods=_active(shop.payment_methods),
        sales=_named(shop, shop_deeds.latest(shop)[:SHOWN]),
        owed=_named(shop, shop_deeds.owed(shop)[:OFFERED]),
        paid=_named(shop, shop_deeds.refundable(shop)[:OFFERED]),
        opened=_named(shop, [sale])[0] if sale else None,
        live=_named(shop, shop_deeds.latest(shop)[:OFFERED]),
        deleted=_named(shop, shop_deeds.deleted(shop)[:OFFERED]),
        unpaid=_named(shop, shop_deeds.unpaid(shop)[:OFFERED]),
    )


def _active(items: list[Record]) -> list[Record]:
    return [item for item in items if item["active"]]


def _named(shop: Site, sales: list[Record]) -> list[Record]:
    return [{**sale, "customer": _customer(shop, sale)} for sale in sales]


def _customer(shop: Site, sale: Record) -> str:
    contact = shop.shelves["contact"].live(sale["contact_id"]) or {}
    names = [contact.get(part) for part in ("first_name", "last_name")]
    return " ".join(filter(None, names)) or contact.get("company_name") or contact.get("email") or "deleted"
