"""The kinds of world that lives are lived in: an Australian company, an American one, and one with several currencies."""

import random
from typing import Literal

from app.domain.model.configuration import MappedMethod
from tests.simulation.life import Life
from tests.simulation.outside import Outside
from tests.support.joint import Joint
from tests.support.stories import change

World = Literal["australian", "american", "currencies"]
WORLDS: tuple[World, ...] = ("australian", "australian", "american", "currencies")


def world_of(seed: int) -> World:
    """Which world a seed lives in."""
    return WORLDS[seed % len(WORLDS)]


def country_of(world: World) -> Literal["AU", "US"]:
    """Where its company is."""
    return "US" if world == "american" else "AU"


async def born(joint: Joint, outside: Outside, seed: int) -> Life:
    """Somebody's life begins: nothing has been sold yet."""
    world = world_of(seed)
    home = "USD" if world == "american" else "AUD"
    foreign = ("USD",) if world == "currencies" else ()
    life = Life(
        joint,
        outside,
        random.Random(f"life {seed}"),
        world,
        await _codes(joint, world),
        item=next(str(i["Id"]) for i in await joint.books_list("item") if i["Name"] == "Oncord sales"),
        receivable=await joint.account("Accounts Receivable"),
        accounts={home: [await joint.account("Bank")]},
        methods=[await joint.method(m) for m in ("direct_deposit", "cash", "paypal")],
        currencies=(home, *foreign),
    )
    await joint.http_books.put("/_sandbox/hazards", json={})
    life.accounts[home].append(await _bank(life, "Second bank", home))
    for currency in foreign:
        await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
        life.accounts[currency] = [await _bank(life, f"Bank in {currency}", currency)]
    config = await life.configuration()
    further = tuple(MappedMethod(life.methods[0], life.accounts[c][0], preferred=True, currency=c) for c in foreign)
    await joint.configure(multi_currency=bool(foreign), payment_methods=(*config.payment_methods, *further))
    joint.clock.pass_time(3600)
    return life


async def _codes(joint: Joint, world: World) -> dict[str, tuple[str, str]]:
    if world == "american":
        return {"GST": ("TAX", "TAX"), "FREE": ("NON", "NON")}
    books = {str(c["Name"]): str(c["Id"]) for c in await joint.books_list("taxcode")}
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    return {"GST": ("GST", books["GST"]), "FREE": (free, books["GST-free"])}


async def _bank(life: Life, name: str, currency: str) -> str:
    body = {"Name": name, "AccountType": "Bank", "CurrencyRef": {"value": currency}}
    if len(life.currencies) == 1:
        del body["CurrencyRef"]
    return str((await life.joint.person("account", body))["Id"])
