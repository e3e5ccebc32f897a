"""What a company says of itself is remembered for an hour, but not past the moment at which somebody may have changed it."""

import pytest

from app.container import build_container
from app.domain.model.configuration import DocumentPolicy
from app.domain.model.records import Kind, Side
from app.quickbooks.mapping.books import STATEMENTS
from app.runtime import BOOKS_REMEMBERED
from app.services.configure import configure
from app.services.synchronise import start_run
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import Body, asked, change, quiet, run


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


@pytest.mark.parametrize("later", [False, True])
async def test_a_company_that_nobody_touched_is_read_once_an_hour_whatever_was_added_to_what_is_known(
    joint: Joint, later: bool
) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    [kept] = joint.runtime.books.values()
    joint.clock.pass_time(BOOKS_REMEMBERED.total_seconds() * (1 if later else 0.4))
    side = joint.runtime.sides(await connection(joint))[Side.QUICKBOOKS]
    await side.fetch(Kind.SALE, [])
    [now] = joint.runtime.books.values()
    assert (now.read_at > kept.read_at) is later
