"""What a merchant chooses otherwise than most, and what comes of it: sales shipped abroad, whose a card is field by field, a clearing
account for methods that nobody has mapped, vouchers redeemed by a payment, and books that do not tell what is cleared.

Each of these in about a third of the lives, by chances of its own, so that what else happens in a life does not depend on it.
"""

import random
from dataclasses import replace
from typing import Any, Literal

from app.domain.model.configuration import default_contact_winners
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.errors import Rejection
from tests.simulation.at_shop import place
from tests.simulation.life import BOOKS, SHOP, Body, Life
from tests.simulation.ways import Duel, says

Chance = random.Random
SHARE = 1 / 3
"""In how many lives each of them is."""
COUNTRIES = (("NZ", "Auckland", "1010"), ("GB", "London", "N1 9GU"), ("JP", "Tokyo", "100-0001"))
UNTOLD = ("report_refused", "cleared_filter_ignored")
"""Why QuickBooks does not say what is cleared: the report is refused, or its filter has no effect."""
ASSET = {"AccountType": "Other Current Asset", "AccountSubType": "OtherCurrentAssets"}


async def begin(life: Life, chance: Chance) -> None:
    """Which of them this life has, and what is chosen from the beginning."""
    [abroad, cards, clearing, vouchers, untold] = [chance.random() < SHARE for _ in range(5)]
    if abroad:
        await _ships_abroad(life, chance)
    if cards:
        await _whose_card(life, chance)
    if clearing:
        await _clearing(life, chance)
    if vouchers:
        await _vouchers(life, chance)
    if untold:
        await _untold(life, chance)
    await life.note_accounts()


async def happen(life: Life, chance: Chance) -> None:
    """One of these happens, where there is something that it could happen to."""
    ways = life.ways
    if life.guard is not None:
        ways.locked = max(ways.locked, life.guard.until)
    deeds = [
        *([_shipped_abroad, _shipped_abroad, _sent_elsewhere, _said_what_exports_are] if ways.abroad else []),
        *([_both_typed, _both_typed, _both_typed, _two_cards] if ways.card_winner else []),
        *([_paid_unmapped, _paid_unmapped, _clearing_chosen, _mapped, _put_away] if ways.clearing else []),
        *([_redeemed, _redeemed, _redeemed_in_books, _vouchers_mapped, _item_chosen] if ways.voucher_account else []),
    ]
    if deeds:
        await chance.choice(deeds)(life, chance)


def _one(chance: Chance, records: list[Body]) -> Body | None:
    return chance.choice(records) if records else None


async def _decided(life: Life, words: str, **changes: Any) -> bool:
    life.told.append(f"{life.tick:3} clerk {words}")
    try:
        await life.configure(**changes)
    except Rejection as error:
        life.told.append(f"          refused: {error}")
        return False
    return True


# sales that are shipped abroad


async def _ships_abroad(life: Life, chance: Chance) -> None:
    """What lines without a code are abroad is undecided, or an export, from the beginning."""
    life.ways.abroad = True
    if life.world == "american":
        return
    life.ways.export = next(
        str(c["Id"]) for c in await life.joint.books_list("taxcode") if "export" in c["Name"].lower()
    )
    config = await life.configuration()
    if chance.random() < 0.5:
        await _says_exports(life, config.untaxed_lines)
    elif await _decided(
        life, "has not said what exports are", untaxed_lines=replace(config.untaxed_lines, abroad=UntaxedCodes())
    ):
        life.said_abroad = set()


async def _says_exports(life: Life, untaxed: UntaxedLines) -> None:
    code = life.ways.export
    if await _decided(life, f"says that exports are {code}", untaxed_lines=replace(untaxed, abroad=_all(code))):
        life.said_abroad.add(code)


def _all(code: str) -> UntaxedCodes:
    return UntaxedCodes(code, code, code, code)


def _far(chance: Chance) -> Body:
    country, town, postcode = chance.choice(COUNTRIES)
    return {"line1": f"{chance.randrange(1, 99)} Far St", "suburb": town, "postcode": postcode, "country": country}


def _line(chance: Chance, code: str) -> Body:
    price = f"{chance.randrange(100, 40000) / 100:.2f}"
    return {"description": f"Sent {chance.randrange(10**6)}", "quantity": "1", "unit_price": price, "tax_code": code}


async def _shipped_abroad(life: Life, chance: Chance) -> None:
    """Somebody abroad buys something: without a tax code as a rule, now and then with freight, or with something taxed beside it."""
    contact = _one(chance, await life.joint.shop_list("contacts"))
    if contact is None:
        return
    lines = [_line(chance, "") for _ in range(chance.randrange(1, 3))]
    if chance.random() < 0.2:
        lines.append(_line(chance, life.codes["GST"][0]))
    body: Body = {"contact_id": contact["id"], "lines": lines, "currency": life.currencies[0]}
    body["shipping_address" if chance.random() < 0.8 else "billing_address"] = _far(chance)
    if chance.random() < 0.3:
        body["shipping"] = {"method": "Air", "amount": "19.00", "tax_code": ""}
    await life.shop("POST", "sales", body)


async def _sent_elsewhere(life: Life, chance: Chance) -> None:
    """A sale goes abroad after all, or stays in the country; now and then with another line."""
    sale = _one(chance, [s for s in await life.joint.shop_list("sales") if s["kind"] == "sale" and not s["voided"]])
    if sale is None:
        return
    members: Body = {"shipping_address": _far(chance) if chance.random() < 0.6 else place(life)}
    if chance.random() < 0.4 and not sale["order_discounts"]:
        members["lines"] = [*sale["lines"], _line(chance, "")]
    await life.type_at_shop("sale", sale, **members)


async def _said_what_exports_are(life: Life, chance: Chance) -> None:
    if life.world != "american":
        await _says_exports(life, (await life.configuration()).untaxed_lines)


# whose card it is


async def _whose_card(life: Life, chance: Chance) -> None:
    """What is proposed, one side in everything, or some fields by themselves; and one side for who began in the shop."""
    ways, other = life.ways, chance.choice((Side.ONCORD, Side.QUICKBOOKS))
    proposed = default_contact_winners()
    some = {name: chance.choice((Side.ONCORD, Side.QUICKBOOKS)) for name in sorted(proposed) if chance.random() < 0.5}
    chosen = chance.choice((proposed, proposed, dict.fromkeys(proposed, other.other), some))
    config = await life.configuration()
    winners = {**config.conflict_winner, Kind.CONTACT: other}
    if await _decided(life, f"chooses {chosen} and {other}", contact_winner=chosen, conflict_winner=winners):
        ways.by_field, ways.card_winner = {name: side.value for name, side in chosen.items()}, other.value


FIELDS = ("name", "email", "phone", "mobile", "billing_address", "shipping_address")


def typed_here(field: str, value: str) -> Body:
    """What somebody types into a contact, so that the field says `value`."""
    if field == "name":
        return {"last_name": value}
    if field.endswith("_address"):
        return {field: {"line1": value, "suburb": "Perth", "state": "WA", "postcode": "6000", "country": "AU"}}
    return {field: value}


def typed_there(field: str, value: str) -> Body:
    """The same in a customer."""
    if field.endswith("_address"):
        town = {"City": "Hobart", "CountrySubDivisionCode": "TAS", "PostalCode": "7000"}
        return {"BillAddr" if field.startswith("billing") else "ShipAddr": {"Line1": value, **town}}
    return {
        "name": {"FamilyName": value},
        "email": {"PrimaryEmailAddr": {"Address": value}},
        "phone": {"PrimaryPhone": {"FreeFormNumber": value}},
        "mobile": {"Mobile": {"FreeFormNumber": value}},
    }[field]


def _values(life: Life, chance: Chance, field: str) -> tuple[str, str]:
    if field in ("phone", "mobile"):
        return f"0{chance.randrange(2 * 10**8, 5 * 10**8)}", f"0{chance.randrange(5 * 10**8, 9 * 10**8)}"
    n = f"{life.tick}{chance.randrange(1000):03}"
    if field == "email":
        return f"h{n}@shop.example", f"t{n}@books.example"
    return (f"Here{n}", f"There{n}") if field == "name" else (f"{n} Shop St", f"{n} Book St")


async def _both_typed(life: Life, chance: Chance) -> None:
    """One field of a card on which both sides agree is typed on both sides before anybody looks."""
    contacts = {c["id"]: c for c in await life.joint.shop_list("contacts")}
    customers = {str(c["Id"]): c for c in await life.joint.books_list("customer") if c["Active"]}
    pairs = [
        (contacts[one], customers[ids[0]])
        for one, ids in sorted((await life.counterparts("contact")).items())
        if one in contacts and len(ids) == 1 and ids[0] in customers
    ]
    if not pairs:
        return
    contact, customer = chance.choice(pairs)
    field = chance.choice(FIELDS)
    if says(field, contact) != says(field, customer):
        return
    here, there = _values(life, chance, field)
    saved = await life.type_at_shop("contact", contact, **typed_here(field, here))
    if saved and await life.type_at_books("customer", customer, **typed_there(field, there)):
        _duel(life, contact, customer, field, here, there)


def _duel(life: Life, contact: Body, customer: Body, field: str, here: str, there: str, meeting: bool = False) -> None:
    other = _side(life.ways.card_winner)
    winner = _side(life.ways.by_field.get(field, life.ways.card_winner))
    ids = str(contact["id"]), str(customer["Id"])
    life.ways.duels.append(Duel(*ids, field, winner, other, here, there, len(life.typed), meeting))


def _side(name: str) -> Literal["oncord", "quickbooks"]:
    return SHOP if name == SHOP else BOOKS  # type: ignore[return-value]


async def _two_cards(life: Life, chance: Chance) -> None:
    """Somebody is in both systems, with a card that says something else in each; a sale brings them together."""
    life.people += 1
    name, field = f"C{life.people}", chance.choice(("phone", "mobile", "billing_address", "shipping_address"))
    email = f"c{life.people}@example.com"
    here, there = _values(life, chance, field)
    body = {"type": "individual", "first_name": name, "last_name": "Twocards", "email": email}
    contact = await life.shop("POST", "contacts", {**body, **typed_here(field, here)})
    typed = {"GivenName": name, "FamilyName": "Twocards", "PrimaryEmailAddr": {"Address": email}}
    customer = await life.books("customer", {**typed, **typed_there(field, there)})
    if contact and customer:
        lines = [_line(chance, life.codes["GST"][0])]
        await life.shop("POST", "sales", {"contact_id": contact["id"], "lines": lines, "currency": life.currencies[0]})
        _duel(life, contact, customer, field, here, there, meeting=True)


# payments by methods that nobody has mapped


async def _clearing(life: Life, chance: Chance) -> None:
    """The account is there, and another method that nobody has mapped; that it is for such payments is said at once, or later."""
    ways = life.ways
    kind = chance.choice(({"AccountType": "Bank"}, ASSET))
    ways.clearing = str((await life.joint.person("account", {"Name": "Sundry clearing", **kind}))["Id"])
    ways.card = await life.joint.method("credit_card")
    if chance.random() < 0.5:
        await _clearing_chosen(life, chance)


async def _clearing_chosen(life: Life, chance: Chance) -> None:
    ways = life.ways
    if not ways.clearing_is_chosen:
        words = f"says that payments by unmapped methods go to {ways.clearing}"
        ways.clearing_is_chosen = await _decided(life, words, unmapped_methods_account=ways.clearing)
        await life.note_accounts()


async def _pay(life: Life, chance: Chance, method: str) -> None:
    sales = [s for s in await life.joint.shop_list("sales") if s["status"] == "confirmed" and not s["voided"]]
    sale = _one(chance, [s for s in sales if float(s["amount_owing"]) > 0])
    if sale is None:
        return
    amount = f"{float(sale['amount_owing']) * chance.choice((1, 0.5)):.2f}"
    if float(amount):
        body: Body = {"contact_id": sale["contact_id"], "payment_method_id": method, "amount": amount}
        part = {"sale_id": sale["id"], "amount": amount}
        await life.shop("POST", "receipts", {**body, "currency": sale["currency"], "allocations": [part]})


async def _paid_unmapped(life: Life, chance: Chance) -> None:
    await _pay(life, chance, chance.choice((life.ways.card, life.ways.card, life.methods[2])))


async def _mapped(life: Life, chance: Chance) -> None:
    """Such a method gets an account of its own, or is undecided again."""
    method = chance.choice((life.ways.card, life.methods[2]))
    where = {c: chance.choice(a) for c, a in sorted(life.accounts.items())}
    try:
        await life.map_method(method, where if chance.random() < 0.7 else None)
    except Rejection as error:
        life.told.append(f"{life.tick:3} clerk: refused, {error}")


async def _put_away(life: Life, chance: Chance) -> None:
    """The bookkeeper reconciles the clearing account, or puts one of its payments into a bank deposit or into the bank."""
    there = [
        p for p in await life.joint.books_list("payment") if _account(p) == life.ways.clearing and p["TotalAmt"] > 0
    ]
    paid = _one(chance, there)
    if paid is None:
        return
    what = chance.random()
    if what < 0.4:
        body = {"account": life.ways.clearing, "status": "Reconciled", "transactions": [paid["Id"]]}
        await life.joint.in_books("POST", "reconcile", body)
        life.ways.banked.add(str(paid["Id"]))
        life.told.append(f"{life.tick:3} books Reconciled {paid['Id']} in the clearing account")
    elif what < 0.6:
        await life.books("payment", {**paid, "DepositToAccountRef": {"value": life.accounts[life.currencies[0]][0]}})
        life.ways.moved.add(str(paid["Id"]))


def _account(payment: Body) -> str:
    return str((payment.get("DepositToAccountRef") or {}).get("value", ""))


# vouchers that are redeemed by a payment


async def _vouchers(life: Life, chance: Chance) -> None:
    """That way is chosen; the method is mapped to the clearing account of vouchers at once, or later."""
    ways = life.ways
    ways.voucher_account = str((await life.joint.person("account", {"Name": "Voucher clearing", **ASSET}))["Id"])
    made = await life.joint.in_shop("POST", "payment-methods", {"title": "Gift card", "type": "voucher"})
    ways.voucher_method = str(made["id"])
    await _decided(life, "says that vouchers are redeemed by a payment", vouchers_redeemed="payment")
    if chance.random() < 0.5:
        await _vouchers_mapped(life, chance)


async def _vouchers_mapped(life: Life, chance: Chance) -> None:
    ways = life.ways
    if (await life.configuration()).mapped(ways.voucher_method) is None:
        try:
            await life.map_method(ways.voucher_method, {life.currencies[0]: ways.voucher_account})
        except Rejection as error:
            life.told.append(f"{life.tick:3} clerk: refused, {error}")


async def _item_chosen(life: Life, chance: Chance) -> None:
    """Somebody chooses the item of lines that redeem a voucher, once."""
    ways = life.ways
    if ways.clearing_item:
        return
    body = {"Name": "Vouchers used", "Type": "Service", "IncomeAccountRef": {"value": ways.voucher_account}}
    item = str((await life.joint.person("item", body))["Id"])
    ways.clearing_item = item
    items = replace((await life.configuration()).items, voucher_clearing_item_id=item)
    await _decided(life, f"says that redeemed vouchers are item {item}", items=items)


async def _redeemed(life: Life, chance: Chance) -> None:
    """A sale is paid with a voucher, whole or in part."""
    await _pay(life, chance, life.ways.voucher_method)


async def _redeemed_in_books(life: Life, chance: Chance) -> None:
    """The bookkeeper enters one there."""
    invoices = await life.joint.books_list("invoice")
    open_ = [i for i in invoices if i["Balance"] > 0 and i["CurrencyRef"]["value"] == life.currencies[0]]
    invoice = _one(chance, open_)
    if invoice is not None:
        amount = round(float(invoice["Balance"]) * chance.choice((1, 0.5)), 2)
        tie = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": amount, "Line": [tie]}
        await life.books("payment", {**body, "DepositToAccountRef": {"value": life.ways.voucher_account}})


# books that do not tell what is cleared


async def _untold(life: Life, chance: Chance) -> None:
    life.ways.untold = chance.choice(UNTOLD)
    await life.joint.hazard(BOOKS, life.ways.untold)
    life.told.append(f"  0 books do not tell what is cleared: {life.ways.untold}")
    if life.guard is not None:
        life.guard.untold = True
