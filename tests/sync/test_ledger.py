"""QuickBooks' own reports are held against the documents where a month is sealed or somebody asks."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from app.container import build_container
from app.services import month_agreement, overview, tie_outs
from app.tieout.certificate import check
from app.tieout.period import Period, month_of
from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.settlements import journal
from tests.support.stories import change, customer, invoice, line, payment, remove, run
from tests.support.watched import watched
from tests.sync.test_rules_currencies import in_dollars, rates

D = Decimal
Body = dict[str, Any]


async def looked_at(joint: Joint) -> Body:
    """The certificate of a comparison with the ledger."""
    container = build_container(joint.runtime)
    taken = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, with_ledger=True)
    return dict(json.loads(json.dumps(await tie_outs.read_certificate(container, joint.connection_id, taken.id))))


def beyond(proof: Body) -> dict[str, str | None]:
    return {line["name"]: line["beyond"] for line in proof["ledger"]["lines"]}


async def test_a_ledger_that_holds_nothing_else_agrees_with_the_documents(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "8.00")
    await run(joint)
    proof = await looked_at(joint)

    assert check(proof) == []
    assert proof["ledger"]["not_told"] == []
    assert {line["what"]: (D(line["ledger"]), line["beyond"]) for line in proof["ledger"]["lines"]} == {
        "receivables": (D(14), "0.00"),
        "label G1": (D(22), "0.00"),
        "label G2": (D(0), "0.00"),
        "label G3": (D(0), "0.00"),
        "label 1A": (D(2), "0.00"),
        "account": (D(0), "0.00"),
    }
    agreed = (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement
    assert agreed.ledger_at is not None
    assert agreed.ledger_at.isoformat() == proof["ledger"]["checked_at"]


async def test_what_no_synchronised_document_explains_is_named_with_its_amount(joint: Joint) -> None:
    kay = await customer(joint, "Kay")
    there = await invoice(joint, kay["Id"])
    till = await joint.account("Other Current Asset", "UndepositedFunds")
    await payment(joint, kay["Id"], "9.00", {there["Id"]: "9.00"}, DepositToAccountRef={"value": till})
    await run(joint)
    await journal(joint, kay["Id"], "5.00", await joint.account("Income"))
    await run(joint)
    proof = await looked_at(joint)
    assert [each["kind"] for each in proof["ledger"]["entries"]] == ["Journal Entry"], (
        "and no payment, which is synchronised"
    )
    assert proof["ledger"]["entry_count"] == 1
    assert [line["beyond"] for line in tie_outs.parts_of(proof).beyond] == ["-5.00"]
    before = beyond(proof)
    assert before["Owed by customers on the last day"] == "-5.00"
    assert "9.00" not in before.values(), "the payment is a synchronised document"
    await joint.person("deposit", {"payments": [(await joint.books_list("payment"))[0]["Id"]]})
    await run(joint)

    assert "-9.00" in beyond(await looked_at(joint)).values(), "what was banked is gone from undeposited funds"


async def test_where_reports_are_refused_they_are_named_and_nothing_is_held_against_them(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    await joint.hazard("quickbooks", "report_refused")
    proof = await looked_at(joint)

    assert proof["ledger"]["not_told"] == ["AgedReceivables", "TrialBalance", "TaxSummary"]
    assert proof["ledger"]["lines"] == []
    agreed = (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement
    assert agreed.ledger_at is None, "nobody has looked at the ledger"
    async with watched(joint) as seen:
        words = shown(await seen.browser.get(f"/connections/{joint.connection_id}/tie-outs/{proof['id']}"))
    assert "QuickBooks gave none of its reports at" in words
    assert "the ledger was not checked yet" in words
    assert "AgedReceivables" not in words


async def test_without_them_the_certificate_says_since_when_the_ledger_was_not_checked(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    container = build_container(joint.runtime)
    plain = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    first = await tie_outs.read_certificate(container, joint.connection_id, plain.id)
    between = await looked_at(joint)
    again = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    later = await tie_outs.read_certificate(container, joint.connection_id, again.id)

    assert (first["ledger"], first["ledger_before"]) == (None, "")
    assert later["ledger"] is None
    assert later["ledger_before"] == between["ledger"]["checked_at"]


async def test_on_a_cash_basis_the_labels_are_what_was_paid_in_the_period_to_the_cent(joint: Joint) -> None:
    tea = {"description": "Tea", "quantity": "3", "unit_price": "11.10", "tax_code": "GST"}
    ada = await joint.contact()
    early = await joint.sale(ada["id"], tea, date="2026-09-12", number="1041")
    await joint.sale(ada["id"], tea, date="2026-11-12", number="1042")
    back = await joint.sale(ada["id"], {**tea, "quantity": "-1"}, kind="adjustment", date="2026-11-13", number="A1")
    await joint.receipt(early, "10.00", date="2026-10-02")
    await joint.receipt(early, "11.00", date="2026-11-14")
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1042")
    [memo] = await joint.books_list("creditmemo")
    await payment(joint, made["CustomerRef"]["value"], "0", {made["Id"]: "11.10"}, {memo["Id"]: "11.10"})
    await run(joint)
    await joint.configure(gst_basis="cash", lodged_until=date(2026, 10, 31))
    await run(joint)
    proof = await looked_at(joint)

    assert (proof["period"]["first"], proof["ledger"]["basis"]) == ("2026-11-01", "Cash")
    assert check(proof) == []
    labels = {
        line["name"][:2]: (line["ledger"], line["beyond"])
        for line in proof["ledger"]["lines"]
        if "label" in line["what"]
    }
    assert labels == {"G1": ("11.00", "0.00"), "G2": ("0.00", "0.00"), "G3": ("0.00", "0.00"), "1A": ("1.00", "0.00")}
    assert back["total"] == "-11.10"

    await joint.configure(gst_basis="accrual")
    accrual = await looked_at(joint)
    assert {line["name"][:2]: line["ledger"] for line in accrual["ledger"]["lines"]}["G1"] == "22.20"
    assert set(beyond(accrual).values()) == {"0.00"}


async def test_receivables_of_several_currencies_are_held_against_the_documents_of_each(joint: Joint) -> None:
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)
    await rates(joint, ("2026-01-01", "1.5"))
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"])
    await run(joint)
    owner = next(c for c in await joint.books_list("customer") if c["CurrencyRef"]["value"] == "AUD")
    await journal(joint, owner["Id"], "5.00", await joint.account("Income"))
    await run(joint)
    proof = await looked_at(joint)

    home, dollars = (line for line in proof["ledger"]["lines"] if line["what"] == "receivables")
    assert (home["ledger"], home["documents"], home["currency"], home["beyond"]) == ("17.00", "22.00", "AUD", "-5.00")
    assert (dollars["ledger"], dollars["currency"], dollars["documents"], dollars["beyond"]) == (
        "33.00",
        "AUD",
        "33.00",
        "0.00",
    )
    assert check(proof) == []


async def test_the_ledger_and_the_documents_are_of_the_same_days_whatever_day_a_period_begins_on(joint: Joint) -> None:
    """A stranger saw all of October beside a ledger of 31 October on, and both sides agreeing beside it."""
    ada = await joint.contact()
    for number, day in enumerate(("2026-10-05", "2026-10-31", "2026-11-03"), 1041):
        await joint.sale(ada["id"], date=day, number=str(number))
    await run(joint)
    container = build_container(joint.runtime)
    taken = await tie_outs.take(
        container,
        joint.connection_id,
        who=SOMEBODY,
        period=Period(date(2026, 10, 31), date(2026, 11, 20)),
        with_ledger=True,
    )
    proof = await tie_outs.read_certificate(container, joint.connection_id, taken.id)

    assert {line["name"][:2]: (line["ledger"], line["documents"]) for line in proof["ledger"]["lines"]}["G1"] == (
        "44.00",
        "44.00",
    )
    assert set(beyond(proof).values()) == {"0.00"}
    [code] = proof["by_code"]
    assert code["oncord"] == code["quickbooks"] == {"sales": "40.00", "tax": "4.00"}
    assert tie_outs.parts_of(proof).beyond == []
    assert check(proof) == []


async def test_a_discount_of_a_whole_invoice_is_no_difference_between_the_ledger_and_the_documents(
    joint: Joint,
) -> None:
    kay = await customer(joint, "Kay")
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 5}}
    await invoice(joint, kay["Id"], Line=[await line(joint, "100.00"), discount])
    await run(joint)
    proof = await looked_at(joint)

    assert set(beyond(proof).values()) == {"0.00"}


async def test_the_light_says_that_documents_agree_where_the_ledger_was_not_looked_at_lately(joint: Joint) -> None:
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"])
    await run(joint)
    path = f"/connections/{joint.connection_id}"
    async with watched(joint) as seen:

        async def light(page: str = path) -> str:
            found = re.search(
                r"(Documents agree|Both sides agree)(\s*; (the )?ledger (was )?not checked( since [a-z]+)?)?",
                shown(await seen.browser.get(page)),
            )
            assert found is not None
            return re.sub(r"\s*;", ";", found[0])

        async def compared(**how: str) -> str:
            taken = (await seen.api.post(f"/api/v1{path}/tie-outs", params=how)).json()
            return f"{path}/tie-outs/{taken['id']}"

        without = await compared()
        assert "Documents agree; ledger not checked since the connection was made" in re.sub(
            r"\s*;", ";", shown(await seen.browser.get(path))
        )
        assert await light(without) == "Documents agree; the ledger was not checked"
        with_reports = await compared(ledger="true")
        assert await light(with_reports) == "Both sides agree"
        assert await light(without) == "Documents agree; the ledger was not checked"
        page = shown(await seen.browser.get(path))
        assert "Do both sides agree? Both sides agree" in page
        assert "ledger not checked" not in page
    container = build_container(joint.runtime)
    assert (await month_agreement.read_month(container, joint.connection_id)).ledger_known
    joint.clock.pass_time(37 * 3600)
    await run(joint)
    assert not (await month_agreement.read_month(container, joint.connection_id)).ledger_known


async def test_no_page_says_that_both_sides_agree_beside_what_only_the_ledger_holds(joint: Joint) -> None:
    """Both sides' documents do agree: that is what it says, with what the ledger holds besides and what of it QuickBooks lists."""
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"])
    await run(joint)
    async with watched(joint) as seen:
        path = f"/connections/{joint.connection_id}"
        taken = (await seen.api.post(f"/api/v1{path}/tie-outs", params={"ledger": "true"})).json()
        both = "Both sides agree"
        assert both in shown(await seen.browser.get(f"{path}/tie-outs/{taken['id']}"))
        assert both in shown(await seen.browser.get(path))
        await journal(joint, kay["Id"], "5.00", await joint.account("Income"))
        await run(joint)

        taken = (await seen.api.post(f"/api/v1{path}/tie-outs", params={"ledger": "true"})).json()
        certificate = shown(await seen.browser.get(f"{path}/tie-outs/{taken['id']}"))
        connection = shown(await seen.browser.get(path))
        month = (await seen.api.get(f"/api/v1{path}/month")).json()

    assert (taken["light"], taken["issued_as"]) == ("agrees", "agreeing")
    for words in (certificate, connection):
        assert both not in words
        assert "Documents agree, the ledger holds something else" in words
    assert "Owed by customers on the last day: see the ledger" in certificate
    assert "Journal Entry" in certificate
    assert "1 figure, in its certificate" in connection
    assert (month["ledger_beyond"], month["ledger_tie_out_id"]) == (1, taken["id"])


async def test_what_the_ledger_holds_stays_named_until_the_same_report_no_longer_holds_it(joint: Joint) -> None:
    """Neither reports that are refused nor a clean month of before turn today's page green."""
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"])
    await run(joint)
    entry = await journal(joint, kay["Id"], "5.00", await joint.account("Income"))
    await run(joint)
    first = await looked_at(joint)
    path = f"/connections/{joint.connection_id}"
    async with watched(joint) as seen:

        async def ledger() -> tuple[int, str]:
            month = (await seen.api.get(f"/api/v1{path}/month")).json()
            return month["ledger_beyond"], month["ledger_tie_out_id"]

        assert await ledger() == (1, first["id"])
        joint.clock.pass_time(60)
        await _look_at_october(joint)
        assert await ledger() == (1, first["id"])
        joint.clock.pass_time(60)
        await joint.hazard("quickbooks", "report_refused")
        await looked_at(joint)
        assert await ledger() == (1, first["id"])
        assert "Documents agree, the ledger holds something else" in shown(await seen.browser.get(path))
        await joint.hazard("quickbooks", "report_refused", on=False)
        joint.clock.pass_time(60)
        await remove(joint, "journalentry", entry["Id"])
        last = await looked_at(joint)
        assert await ledger() == (0, last["id"])
        assert "Both sides agree" in shown(await seen.browser.get(path))


async def test_an_earlier_month_alone_says_until_when_the_ledger_was_looked_at_and_warns_of_nothing(
    joint: Joint,
) -> None:
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"], TxnDate="2026-10-12")
    await run(joint)
    await journal(joint, kay["Id"], "5.00", await joint.account("Income"), TxnDate="2026-10-13")
    await run(joint)
    october = await _look_at_october(joint)
    path = f"/connections/{joint.connection_id}"
    async with watched(joint) as seen:
        month = (await seen.api.get(f"/api/v1{path}/month")).json()
        words = shown(await seen.browser.get(path))

    assert (month["ledger_beyond"], month["ledger_tie_out_id"]) == (0, october)
    assert "up to 31 Oct 2026 only" in words
    assert "the ledger holds something else" not in words


async def _look_at_october(joint: Joint) -> str:
    container = build_container(joint.runtime)
    october = month_of("2026-10")
    taken = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, period=october, with_ledger=True)
    return taken.id
