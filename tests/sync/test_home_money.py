"""What documents in other currencies come to at home is held against QuickBooks' own reports, to the cent (docs/quickbooks.md 9.15, 9.20).

The reports are the simulator's, which works them out by itself; the month is a random one of foreign sales, credits, payments at
other rates and money that pays nothing.
"""

import copy
import csv
import io
import random
import zipfile
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from app.tieout.certificate import check
from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.settlements import journal
from tests.support.stories import Body, asked, change, credit_memo, customer, invoice, payment, quiet, run
from tests.support.watched import watched
from tests.sync.test_exchange_rates import one_of_each
from tests.sync.test_ledger import looked_at
from tests.sync.test_rules_currencies import dollars, in_dollars, rates
from tests.sync.test_tie_out import corrupt

D = Decimal
FOREIGN = "rate at which QuickBooks has booked"


async def several(joint: Joint) -> None:
    """Let the company keep several currencies."""
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)


async def bank(joint: Joint, currency: str) -> Body:
    """A clearing account of the home currency, as the member of a payment."""
    return {"value": await joint.account("Other Current Asset", "UndepositedFunds"), "name": currency}


async def a_month(joint: Joint, currency: str, code: str, chance: random.Random) -> None:
    """Sales to customers at home and abroad, paid in part, twice or by credit, at rates of the day."""
    item = next(str(i["Id"]) for i in await joint.books_list("item") if i["Name"] == "Oncord sales")

    def sold() -> Body:
        detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}}
        amount = chance.randrange(1000, 30000) / 100
        return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}

    def booked(day: int) -> Body:
        return {"TxnDate": f"2026-11-{day:02}", "ExchangeRate": chance.randrange(14000, 17000) / 10000}

    till = {"DepositToAccountRef": await bank(joint, currency)}
    for name in ("Ada", "Bea"):
        kay = await customer(joint, name, CurrencyRef={"value": currency})
        bills = [await invoice(joint, kay["Id"], sold(), sold(), **booked(chance.randrange(1, 9))) for _ in range(3)]
        memo = await credit_memo(joint, kay["Id"], sold(), **booked(chance.randrange(1, 9)))
        first, second, third = (D(str(each["TotalAmt"])) for each in bills)
        part = (second * chance.randrange(20, 80) / 100).quantize(D("0.01"))
        used = min(D(str(memo["TotalAmt"])), third) / 2
        used = used.quantize(D("0.01"), ROUND_HALF_UP)
        paid = {bills[0]["Id"]: str(first), bills[1]["Id"]: str(part)}
        await payment(joint, kay["Id"], str(first + part + 20), paid, **till, **booked(10))
        await payment(joint, kay["Id"], "0", {bills[2]["Id"]: str(used)}, {memo["Id"]: str(used)}, **booked(11))
    home = await customer(joint, "Cas")
    there = await invoice(joint, home["Id"], sold(), TxnDate="2026-11-04")
    await payment(joint, home["Id"], "5.00", {there["Id"]: "5.00"}, **till, TxnDate="2026-11-05")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(D("0.01"), ROUND_HALF_UP)


async def exchanged(joint: Joint) -> Decimal:
    """What the payments of the books make of it, line by line."""
    booked = {
        each["Id"]: D(str(each["ExchangeRate"]))
        for entity in ("invoice", "creditmemo")
        for each in await joint.books_list(entity)
    }
    found = D(0)
    for paid in await joint.books_list("payment"):
        for line in paid["Line"]:
            [link] = line["LinkedTxn"]
            amount = D(str(line["Amount"])) * (-1 if link["TxnType"] == "CreditMemo" else 1)
            found += cents(amount * D(str(paid["ExchangeRate"]))) - cents(amount * booked[link["TxnId"]])
    return found


def lines(proof: Body) -> dict[str, Body]:
    return {line["name"].removeprefix("Owed by customers on the last day"): line for line in proof["ledger"]["lines"]}


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_a_random_month_abroad_comes_to_what_the_reports_say_to_the_cent(joint: Joint, basis: Any) -> None:
    await several(joint)
    await joint.configure(gst_basis=basis)
    code = next(str(c["Id"]) for c in await joint.books_list("taxcode") if c["Name"] == "GST")
    await a_month(joint, "USD", code, random.Random(f"{basis} 7"))
    await run(joint)
    await run(joint)
    proof = await looked_at(joint)

    assert {name: line["beyond"] for name, line in lines(proof).items()} == dict.fromkeys(lines(proof), "0.00")
    assert await _exchange_of(joint, proof, "USD")
    assert {"G1 of the tax return", "1A of the tax return", "Undeposited Funds", ", by customers in USD"} <= set(
        lines(proof)
    )
    assert D(lines(proof)["1A of the tax return"]["ledger"]) > 0
    assert proof["ledger"]["basis"].lower() == basis
    assert check(proof) == []
    assert proof["issued_as"] != "not agreeing"


async def test_an_american_month_abroad_comes_to_what_the_reports_say_to_the_cent(us: Joint) -> None:
    await several(us)
    await a_month(us, "EUR", "NON", random.Random("us"))
    await run(us)
    await run(us)
    proof = await looked_at(us)

    assert {line["beyond"] for line in proof["ledger"]["lines"]} == {"0.00"}
    assert await _exchange_of(us, proof, "EUR")
    assert check(proof) == []
    _adds_up(proof)
    await _shown(us, proof)


def _adds_up(proof: Body) -> None:
    """Whoever moves a figure at home, or what was exchanged, is found out without this service."""
    rolled = copy.deepcopy(proof)
    next(each for each in rolled["roll_forward"] if each["currency"] == "EUR")["home"]["sales"] = "1.00"
    named = copy.deepcopy(proof)
    lines(named)[", by customers in EUR"]["parts"][0]["amount"] = "1.00"

    assert any("EUR at home: the roll-forward comes to" in fault for fault in check(rolled))
    assert any("by customers in EUR: the ledger holds" in fault for fault in check(named))


async def _shown(joint: Joint, proof: Body) -> None:
    """The page, the table and the report of the period say what it comes to at home beside the foreign amounts."""
    [part] = lines(proof)[", by customers in EUR"]["parts"]
    path = f"/connections/{joint.connection_id}/tie-outs/{proof['id']}"
    async with watched(joint) as seen:
        page = shown(await seen.browser.get(path))
        table = csv.DictReader(io.StringIO((await seen.api.get(f"/api/v1{path}?format=csv")).text))
        report = await seen.api.get(f"/api/v1{path}/report")
    assert f"Exchange difference: what {part['count']} payment" in page
    assert "QuickBooks, in USD" in page
    told = [(row["part"], row["what"], row["currency"], row["amount"]) for row in table]
    assert ("ledger part", "exchange_difference", "USD", part["amount"]) in told
    assert {"roll-forward at home", "tax code at home", "exchange difference"} <= {row[0] for row in told}
    with zipfile.ZipFile(io.BytesIO(report.content)) as archive:
        tables = {
            name: list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
            for name in ("receivables.csv", "ledger-parts.csv", "tax-codes.csv")
        }
    closing = next(r for r in tables["receivables.csv"] if (r["line"], r["currency"]) == ("closing", "EUR"))
    ledger = lines(proof)[", by customers in EUR"]["ledger"]
    assert (closing["home_currency"], closing["quickbooks_at_home"]) == ("USD", ledger)
    assert tables["ledger-parts.csv"][0]["amount"] == part["amount"]
    assert {row["home_currency"] for row in tables["tax-codes.csv"] if row["currency"] == "EUR"} == {"USD"}


async def _exchange_of(joint: Joint, proof: Body, currency: str) -> bool:
    """The exchange difference is a part of what is owed in a currency, of its roll-forward at home, and that of the payments."""
    [part] = lines(proof)[f", by customers in {currency}"]["parts"]
    assert part["cause"] == "exchange_difference", "and no cent is rounded otherwise"
    assert D(part["amount"]) == await exchanged(joint)
    assert part["count"] == len(part["payments"])
    assert sum(D(each["amount"]) for each in part["payments"]) == D(part["amount"])
    roll = next(each for each in proof["roll_forward"] if each["currency"] == currency)
    assert D(roll["home"]["exchange"]) == D(part["amount"])
    assert roll["home"]["closing"] == lines(proof)[f", by customers in {currency}"]["ledger"]
    return bool(D(part["amount"]))


async def test_an_entry_a_wrong_rate_and_a_rate_that_was_not_read_are_each_found_and_named(joint: Joint) -> None:
    await several(joint)
    await rates(joint, ("2026-01-01", "1.5"))
    await in_dollars(joint, (await joint.contact("Jane", "Doe"))["id"])
    await run(joint)
    proof = await looked_at(joint)
    assert {line["beyond"] for line in proof["ledger"]["lines"]} == {"0.00"}
    assert (
        lines(proof)[", by customers in USD"]["documents"] == lines(proof)["G1 of the tax return"]["ledger"] == "33.00"
    )
    [code] = proof["by_code"]
    assert code["home"] == {"currency": "AUD", "sales": "30.00", "tax": "3.00"}

    jane = next(c for c in await joint.books_list("customer") if c["CurrencyRef"]["value"] == "USD")
    await journal(joint, jane["Id"], "5.00", await joint.account("Income"))
    found = lines(await looked_at(joint))
    assert (found[", by customers in USD"]["beyond"], found["G1 of the tax return"]["beyond"]) == ("-5.00", "0.00")

    wrong = "UPDATE mirror SET extras = %(extras)s::jsonb WHERE connection_id = %(c)s AND side = 'quickbooks' AND kind = 'sale'"
    await corrupt(joint, wrong.replace("%(extras)s", "'[\"rate:1.6\"]'"))
    found = lines(await looked_at(joint))
    assert found[", by customers in USD"]["beyond"] == "-7.20"
    assert (found["G1 of the tax return"]["beyond"], found["1A of the tax return"]["beyond"]) == ("-2.20", "-0.20")

    await corrupt(joint, wrong.replace("%(extras)s", "'[]'"))
    proof = await looked_at(joint)
    found = lines(proof)
    assert {found[name]["beyond"] for name in (", by customers in USD", "G1 of the tax return")} == {None}
    assert FOREIGN in found[", by customers in USD"]["why"]
    [roll] = proof["roll_forward"]
    assert roll["home"]["not_known_count"] == 1
    assert check(proof) == []

    [made] = await joint.books_list("invoice")
    await joint.touched("quickbooks", "sale", made["Id"])
    assert await run(joint) == [], "what is read once more is known, and news to nobody"
    found = lines(await looked_at(joint))
    assert (found[", by customers in USD"]["beyond"], found["G1 of the tax return"]["beyond"]) == ("-5.00", "0.00")


async def test_credit_and_money_paid_back_at_other_rates_come_to_what_the_report_says(joint: Joint) -> None:
    """What the service itself joins: a payment with its invoice, and money paid back with its credit memo (R5)."""
    await several(joint)
    await rates(joint, ("2026-01-01", "1.5"))
    await dollars(joint)
    await one_of_each(joint)
    for entity, rate in (("invoice", 1.5133), ("creditmemo", 1.47), ("payment", 1.6127), ("purchase", 1.7)):
        made = next(each for each in await joint.books_list(entity) if each["TotalAmt"])
        whole = made if entity in ("payment", "purchase") else {"Id": made["Id"], "sparse": True}
        await joint.person(entity, {**whole, "ExchangeRate": rate})
    assert await run(joint) == []
    proof = await looked_at(joint)

    assert {line["beyond"] for line in proof["ledger"]["lines"]} == {"0.00"}
    line = lines(proof)[", by customers in USD"]
    [roll] = proof["roll_forward"]
    assert [part["cause"] for part in line["parts"]] == ["exchange_difference"]
    assert line["parts"][0]["count"] == 2, "the payment, and what joins the money paid back with its credit"
    assert (roll["home"]["refunds"], roll["home"]["closing"]) == ("37.40", line["ledger"])
    assert check(proof) == []


async def test_a_rate_that_is_corrected_is_kept_and_is_nobodys_edit(joint: Joint) -> None:
    """It moves what the books are worth at home, writes nothing and asks nobody; the same report says it, too."""
    await several(joint)
    await rates(joint, ("2026-01-01", "1.5"))
    await in_dollars(joint, (await joint.contact("Jane", "Doe"))["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await change(joint, "invoice", made["Id"], ExchangeRate=1.7)

    assert await run(joint) == []
    assert await asked(joint) == []
    await quiet(joint)
    line = lines(await looked_at(joint))[", by customers in USD"]
    assert (line["ledger"], line["documents"], line["beyond"]) == ("37.40", "37.40", "0.00")
