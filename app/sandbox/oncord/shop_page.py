"""The shop's public page: what was sold last, and a form that buys something.

For people who try the whole thing out by hand: an order made here is a sale like any other, and the
connector is told about it. No login, no script.
"""

from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.sandbox.oncord import person
from app.sandbox.oncord.connector import TheWorld
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.problems import Problem
from app.sandbox.oncord.site import Site

router = APIRouter(include_in_schema=False)
SHOWN = 12

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{name}</title><style>
:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:0 auto;padding:2rem 1rem}}
h1{{margin:0;font-size:1.9rem}}h2{{margin:2rem 0 .5rem;font-size:1.1rem}}small,.quiet{{opacity:.65}}
form,.sales{{border:1px solid #8884;border-radius:.75rem;padding:1rem 1.25rem}}
form{{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.75rem 1rem;align-items:end}}
label{{display:grid;font-size:.85rem}}input,select,button{{font:inherit;padding:.45rem .6rem;border-radius:.4rem;border:1px solid #8886}}
button{{background:#0b6e4f;color:#fff;border:0;cursor:pointer}}table{{width:100%;border-collapse:collapse}}
.sales{{overflow-x:auto}}th{{text-align:left;font-size:.8rem;opacity:.65}}td,th{{padding:.35rem .5rem .35rem 0}}
td.money,th.money{{text-align:right;font-variant-numeric:tabular-nums}}
</style><h1>{name}</h1><p class="quiet">A pretend Oncord shop. {others}</p>
<h2>Order</h2><form method="post" action="/order"><input type="hidden" name="site" value="{id}">
<label>First name<input name="first_name" required value="Ruby"></label>
<label>Last name<input name="last_name" required value="Martin"></label>
<label>E-mail<input name="email" type="email" required value="ruby@example.com"></label>
<label>Product<select name="product">{products}</select></label>
<label>Quantity<input name="quantity" type="number" min="1" max="999" value="1" required></label>
<label>Payment<select name="method"><option value="">Send an invoice</option>{methods}</select></label>
<button>Place the order</button></form>
<h2>Last sales</h2><div class="sales"><table><tr><th>No.<th>Date<th>Customer<th>Status<th class="money">Total<th class="money">Paid</tr>
{sales}</table></div><p><small>The connector API: <a href="/docs">/docs</a> &middot; side door: <code>/_sandbox</code></small></p></html>"""


@router.get("/", response_class=HTMLResponse)
async def shop_page(world: TheWorld, site: str | None = None) -> HTMLResponse:
    """The page of one shop, the first when none is named."""
    if not world.sites:
        return HTMLResponse("<h1>No shop yet</h1><p>Open one: <code>POST /_sandbox/sites</code></p>")
    shop = world.sites.get(site) if site else next(iter(world.sites.values()))
    if shop is None:
        raise Problem(404, "There is no such shop.")
    others = [other for other in world.sites.values() if other is not shop]
    links = ", ".join(f'<a href="/?site={escape(other.id)}">{escape(other.name)} ({other.id})</a>' for other in others)
    return HTMLResponse(
        PAGE.format(
            name=escape(shop.name),
            id=escape(shop.id),
            others=f"Others: {links}." if links else "",
            products="".join(_option(product["code"], _priced(shop, product)) for product in _active(shop.products)),
            methods="".join(_option(method["id"], method["title"]) for method in _active(shop.payment_methods)),
            sales="".join(_row(shop, sale) for sale in _last_sales(shop)),
        )
    )


def _active(items: list[Record]) -> list[Record]:
    return [item for item in items if item["active"]]


def _option(value: str, text: str) -> str:
    return f'<option value="{escape(value)}">{escape(text)}</option>'


def _priced(shop: Site, product: Record) -> str:
    return f"{product['title']}, {product['price']} {shop.currency}"


def _last_sales(shop: Site) -> list[Record]:
    sales = shop.shelves["sale"].records
    live: list[Record] = []
    for record in reversed(sales.values()):
        if not record["deleted"]:
            live.append(record)
        if len(live) == SHOWN:
            break
    return live


def _row(shop: Site, sale: Record) -> str:
    contact = shop.shelves["contact"].live(sale["contact_id"])
    names = [contact[part] for part in ("first_name", "last_name")] if contact else []
    customer = " ".join(filter(None, names)) or (contact or {}).get("company_name") or "deleted"
    cells = (sale["number"], sale["date"], customer, sale["status"])
    plain = "".join(f"<td>{escape(str(cell))}" for cell in cells)
    return (
        f'<tr>{plain}<td class="money">{sale["total"]} {sale["currency"]}<td class="money">{sale["amount_paid"]}</tr>'
    )


@router.post("/order")
async def order(request: Request, world: TheWorld) -> RedirectResponse:
    """Buy something: finds or makes the customer, makes the sale, and takes the money when a way to pay is chosen."""
    form = {name: values[0].strip() for name, values in parse_qs((await request.body()).decode()).items()}
    shop = world.sites.get(form.get("site", ""))
    if shop is None:
        raise Problem(404, "There is no such shop.")
    try:
        known = shop.shelves["contact"].find("email", form.get("email", "").lower())
        who = {name: form.get(name) for name in ("first_name", "last_name", "email")}
        sale = person.create(
            shop,
            "sale",
            {
                **({"contact_id": known[0]} if known else {"contact": who}),
                "lines": [{"product_code": form.get("product"), "quantity": form.get("quantity", "1")}],
                "source": "checkout",
            },
            "system",
        )
        if form.get("method"):
            allocation = {"sale_id": sale["id"], "amount": sale["total"]}
            receipt = {"payment_method_id": form["method"], "allocations": [allocation]}
            person.create(shop, "receipt", receipt, "system")
    finally:
        world.announce(shop)
    return RedirectResponse(f"/?site={shop.id}", status_code=303)
