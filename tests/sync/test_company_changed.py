"""What a company says of itself is kept for a week, but not past the moment at which somebody may have changed it, or at which change
data tells that somebody has."""

from datetime import timedelta

import pytest

from app.container import build_container
from app.domain.model.configuration import DocumentPolicy
from app.domain.model.records import Side
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.company_facts import RENEWED
from app.quickbooks.mapping.books import STATEMENTS, Books
from app.sandbox.quickbooks.requests import cdc
from app.sandbox.quickbooks.tax.tax_service import create_code
from app.services.configure import configure
from app.services.synchronise import start_run
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import Body, asked, change, customer, invoice, line, quiet, run


async def connection(joint: Joint) -> Connection:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await connections.get(tx, joint.connection_id)
    assert found is not None
    return found


async def save_again(joint: Joint) -> None:
    """The configuration page is read and stored as it stands."""
    stored = (await connection(joint)).configuration
    assert stored is not None
    await configure(build_container(joint.runtime), joint.connection_id, stored, who=SOMEBODY)


async def rates(joint: Joint, **rates_of: str) -> None:
    items = [{"currency": currency, "date": "2026-01-01", "rate": rate} for currency, rate in rates_of.items()]
    await joint.in_books("PUT", "exchange-rates", {"items": items})


async def euros(joint: Joint, contact: Body, currency: str = "EUR") -> Body:
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}
    return await joint.sale(contact["id"], tea, currency=currency)


async def booked_abroad(joint: Joint) -> list[tuple[str, float, float]]:
    """Currency, rate and home amount of the invoices that are not in the home currency."""
    found = [i for i in await joint.books_list("invoice") if i["CurrencyRef"]["value"] != "AUD"]
    return sorted((i["CurrencyRef"]["value"], float(i["ExchangeRate"]), float(i["HomeTotalAmt"])) for i in found)


async def one_currency(joint: Joint) -> Body:
    """A company of one currency that was synchronised, and a sale in euros that waits for it to keep several."""
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    await euros(joint, contact)
    await run(joint)
    [item] = await joint.attention()
    assert "save the configuration again" in item.advice or "save the configuration again" in item.summary
    assert len(await joint.books_list("invoice")) == 1
    return contact


async def test_s1_currencies_that_were_switched_on_after_connecting_are_booked_at_the_companys_rates(
    joint: Joint,
) -> None:
    contact = await one_currency(joint)
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await rates(joint, EUR="1.65", USD="1.52")
    await save_again(joint)
    await run(joint)
    await euros(joint, contact, "USD")
    await run(joint)

    assert await booked_abroad(joint) == [("EUR", 1.65, 36.3), ("USD", 1.52, 33.44)]
    assert await asked(joint) == []
    await quiet(joint)


async def test_s1_a_company_that_turns_out_to_keep_one_currency_is_sent_no_document_in_another(joint: Joint) -> None:
    contact = await one_currency(joint)
    await joint.configure(multi_currency=True)  # stored by somebody who knew better; the company was never switched
    await euros(joint, contact)
    await run(joint)

    assert {i["CurrencyRef"]["value"] for i in await joint.books_list("invoice")} == {"AUD"}
    [item] = await joint.attention()
    assert item.summary == "It is in EUR, but QuickBooks keeps its books in AUD only."


async def test_s1_currencies_that_were_switched_on_unnoticed_are_noticed_before_a_document_goes(joint: Joint) -> None:
    contact = await one_currency(joint)
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await rates(joint, EUR="1.65")
    await joint.configure(multi_currency=True)  # without anything that tells what is remembered to be read anew
    await euros(joint, contact)
    await run(joint)

    assert await booked_abroad(joint) == [("EUR", 1.65, 36.3), ("EUR", 1.65, 36.3)]


async def test_s1_classes_that_were_switched_on_and_chosen_after_connecting_are_on_the_next_document(
    joint: Joint,
) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    web = await joint.person("class", {"Name": "Web"})
    await change(joint, "preferences", "1", AccountingInfoPrefs={"ClassTrackingPerTxn": True})
    await joint.configure(documents=DocumentPolicy(class_id=web["Id"]))
    await save_again(joint)
    await joint.sale(contact["id"])
    await run(joint)

    classes = [i.get("ClassRef", {}).get("value") for i in await joint.books_list("invoice")]
    assert classes.count(web["Id"]) == classes.count(None) == 1


async def test_s1_sales_tax_that_was_switched_on_after_connecting_is_charged_once_the_configuration_is_saved(
    joint: Joint,
) -> None:
    await change(joint, "preferences", "1", TaxPrefs={"UsingSalesTax": False})
    contact = await joint.contact()
    await joint.sale(contact["id"], {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": ""})
    await run(joint)
    await change(joint, "preferences", "1", TaxPrefs={"UsingSalesTax": True})
    await save_again(joint)
    sale = await joint.sale(contact["id"])
    await run(joint)

    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == sale["number"])
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (22, 2)


async def test_t3_whoever_starts_a_run_or_tries_again_has_the_company_read_anew(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    before = (await connection(joint)).company_generation
    await start_run(build_container(joint.runtime), joint.connection_id, who=SOMEBODY)
    assert (await connection(joint)).company_generation == before + 1
    assert await facts_read(joint) == len(STATEMENTS)


async def facts_read(joint: Joint) -> int:
    """How often the company was asked for one of its lists in a run."""
    joint.books.log.clear()
    await joint.sync(download=False)
    asked_for = [str(entry) for entry in joint.books.log]
    return sum(any(f"FROM {entity}" in each for each in asked_for) for entity in STATEMENTS)


@pytest.mark.parametrize(("days", "reads"), [(6.9, 0), (7.1, len(RENEWED))])
async def test_a_company_that_nobody_touched_is_read_once_a_week_by_all_processes_together(
    joint: Joint, days: float, reads: int
) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    joint.clock.pass_time(timedelta(days=days).total_seconds())

    assert await facts_read(joint) == reads


async def kept(joint: Joint) -> Books:
    async with joint.runtime.sides(await connection(joint)) as sides:
        side = sides[Side.QUICKBOOKS]
        assert isinstance(side, QuickBooksSide)
        before = joint.books.companies[joint.realm].traffic.counters["metered"]
        found = side.books
        assert joint.books.companies[joint.realm].traffic.counters["metered"] == before
        return found


async def read_now(joint: Joint) -> Books:
    async with joint.runtime.sides(await connection(joint)) as sides:
        side = sides[Side.QUICKBOOKS]
        assert isinstance(side, QuickBooksSide)
        await side.facts()
        return side.books


async def test_what_somebody_changes_in_the_company_is_known_from_the_change_list_as_if_everything_were_read_again(
    joint: Joint,
) -> None:
    """Whatever moves, what is kept is what `STATEMENTS` would answer now; the change list is the only read."""
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    accounts = await joint.books_list("account")
    bank = next(a for a in accounts if a["AccountType"] == "Bank")
    [method] = [m for m in await joint.books_list("paymentmethod") if m["Name"] == "Cash"]
    joint.clock.pass_time(600)
    await change(
        joint, "preferences", "1", AccountingInfoPrefs={"ClassTrackingPerTxn": True, "BookCloseDate": "2026-06-30"}
    )
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await change(joint, "account", bank["Id"], Name="Everyday account")
    await change(joint, "paymentmethod", method["Id"], Active=False)
    await joint.person("account", {"Name": "Till", "AccountType": "Bank"})
    await joint.person("account", {"Name": "Postage", "AccountType": "Expense"})
    await joint.person("paymentmethod", {"Name": "Stablecoin"})
    await joint.person("term", {"Name": "Net 77", "DueDays": 77})
    joint.clock.pass_time(600)
    before = (await joint.in_books("GET", "calls"))["metered"]
    await run(joint)
    assert (await joint.in_books("GET", "calls"))["metered"] - before == 1

    known = await kept(joint)
    assert "Everyday account" in {each.name for each in known.money_accounts.values()}
    assert "Till" in {each.name for each in known.money_accounts.values()}
    assert (known.closed_until, known.classes, known.multi_currency) == ("2026-06-30", "document", True)
    assert ("cash" in known.payment_methods, "stablecoin" in known.payment_methods, 77 in known.terms) == (
        False,
        True,
        True,
    )
    assert known == await read_now(joint)
    assert (await connection(joint)).closed_until == "2026-06-30"


async def test_a_tax_code_that_is_younger_than_what_is_kept_is_looked_for_once_a_document_bears_it(
    joint: Joint,
) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    joint.clock.pass_time(timedelta(hours=2).total_seconds())
    agency = (await joint.books_list("taxagency"))[0]["Id"]
    rate = {"TaxRateName": "Half", "RateValue": "5", "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}
    create_code(joint.books.companies[joint.realm], {"TaxCode": "Half GST", "TaxRateDetails": [rate]})
    known = await kept(joint)
    assert "Half GST" not in {code.name for code in known.tax_codes}
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"], await line(joint, "30.00", code="Half GST"))
    await run(joint)

    assert "Half GST" in {code.name for code in (await kept(joint)).tax_codes}


async def test_where_quickbooks_does_not_tell_of_the_companys_lists_changes_of_records_are_read_all_the_same(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    monkeypatch.setattr(cdc, "UNSUPPORTED", cdc.UNSUPPORTED | {"Preferences"})
    joint.clock.pass_time(600)
    await customer(joint, "Kay")
    await run(joint)

    assert "Kay" in {c["first_name"] for c in await joint.shop_list("contacts")}
