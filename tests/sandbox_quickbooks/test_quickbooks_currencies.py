"""Exchange rates by day, an Accounts Receivable account for each currency, a yen without parts; and what screens keep."""

import pytest

from .books import Body, Books

USD, JPY = {"CurrencyRef": {"value": "USD"}}, {"CurrencyRef": {"value": "JPY"}}


@pytest.fixture
async def abroad(au: Books) -> Books:
    """A company that keeps several currencies."""
    await au.person("preferences", {"Id": "1", "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    return au


async def rates(books: Books, *rows: tuple[str, str, str]) -> list[Body]:
    """Set the table of exchange rates."""
    items = [{"currency": currency, "date": day, "rate": rate} for currency, day, rate in rows]
    path = f"/_sandbox/companies/{books.company.realm}/exchange-rates"
    answer = await books.client.put(path, json={"items": items})
    assert answer.status_code == 200, answer.text
    kept: list[Body] = (await books.client.get(path)).json()["items"]
    return kept


async def test_a_document_made_on_the_screen_takes_the_latest_rate_of_its_day(abroad: Books) -> None:
    await rates(abroad, ("USD", "2026-11-01", "1.5"), ("USD", "2026-11-10", "1.6"))
    customer = {"CustomerRef": {"value": (await abroad.customer(**USD))["Id"]}}
    for day, rate, home in (("2026-11-09", 1.5, 165), ("2026-11-10", 1.6, 176), ("2026-12-01", 1.6, 176)):
        made = await abroad.person("Invoice", {**customer, "Line": [abroad.line("100")], "TxnDate": day})
        assert (float(made["ExchangeRate"]), made["TotalAmt"], made["HomeTotalAmt"]) == (rate, 110, home)
    paid = await abroad.person("Payment", {**customer, "TotalAmt": 10, "TxnDate": "2026-11-09"})
    assert float(paid["ExchangeRate"]) == 1.5


async def test_a_document_of_the_api_is_booked_one_to_one_unless_it_says_its_rate(abroad: Books) -> None:
    await rates(abroad, ("USD", "2026-11-01", "1.5"))
    customer = await abroad.customer(**USD)
    assert (await abroad.invoice(customer))["ExchangeRate"] == 1
    assert (await abroad.payment(customer, 10))["ExchangeRate"] == 1
    told = await abroad.invoice(customer, ExchangeRate=1.7)
    assert (float(told["ExchangeRate"]), told["HomeTotalAmt"]) == (1.7, 187)


async def test_the_company_tells_the_rate_of_a_currency_on_a_day(abroad: Books) -> None:
    await rates(abroad, ("USD", "2026-11-01", "1.5"), ("USD", "2026-11-10", "1.6"))
    for day, rate in (("2026-11-09", 1.5), ("2026-11-10", 1.6)):
        answer = await abroad.call("GET", "exchangerate", sourcecurrencycode="USD", asofdate=day)
        found = answer.json()["ExchangeRate"]
        assert (found["Rate"], found["AsOfDate"], found["TargetCurrencyCode"]) == (rate, day, "AUD")
    for asked in ({"sourcecurrencycode": "JPY"}, {"sourcecurrencycode": "USD", "asofdate": "2026-10-31"}, {}):
        assert (await abroad.call("GET", "exchangerate", **asked)).status_code == 400


async def test_a_day_without_a_rate_is_refused_and_home_needs_none(abroad: Books) -> None:
    await rates(abroad, ("USD", "2026-11-10", "1.6"))
    customer = await abroad.customer(**USD)
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [abroad.line("100")], "TxnDate": "2026-11-09"}
    assert (await abroad.fault("Invoice", body))["code"] == "6000"
    payment = {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 1, "TxnDate": "2026-11-09"}
    assert "exchange rate" in (await abroad.fault("Payment", payment))["Detail"]
    assert (await abroad.invoice(await abroad.customer("Bob"), TxnDate="2026-11-09"))["ExchangeRate"] == 1


async def test_without_a_table_the_rate_is_one(abroad: Books) -> None:
    assert (await abroad.invoice(await abroad.customer(**USD)))["ExchangeRate"] == 1


async def test_the_first_document_in_a_currency_makes_its_receivable_account(abroad: Books) -> None:
    async def receivables() -> dict[str, str]:
        found = await abroad.query("select * from Account where AccountType = 'Accounts Receivable'")
        return {account["CurrencyRef"]["value"]: account["Name"] for account in found["Account"]}

    await abroad.invoice(await abroad.customer("Bob"))
    assert set(await receivables()) == {"AUD"}
    customer = await abroad.customer(**USD)
    assert set(await receivables()) == {"AUD"}
    await abroad.invoice(customer)
    await abroad.invoice(customer)
    assert (await receivables())["USD"] == "Accounts Receivable (A/R) - USD"
    await abroad.payment(await abroad.customer("Aiko", **JPY), 5)
    assert set(await receivables()) == {"AUD", "USD", "JPY"}


async def test_a_yen_has_no_parts(abroad: Books) -> None:
    made = await abroad.invoice(await abroad.customer(**JPY), abroad.line("1005"))
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (1106, 101)


@pytest.mark.parametrize(("state", "tax"), [("CA", 8), ("California", 8), ("arizona", 9), ("Nowhere", 0)])
async def test_a_state_is_taxed_however_it_is_spelt_and_an_unknown_one_is_kept(
    us: Books, state: str, tax: float
) -> None:
    line = us.line("100", "TAX")
    place = {"Line1": "1 Main St", "CountrySubDivisionCode": state}
    made = await us.invoice(await us.customer(Taxable=True), line, ShipAddr=place)
    assert made["ShipAddr"]["CountrySubDivisionCode"] == state
    assert int(made["TxnTaxDetail"]["TotalTax"]) == tax


async def test_a_subtotal_in_the_middle_stays_where_a_person_put_it(au: Books) -> None:
    customer = await au.customer()
    subtotal = {"DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    lines = [au.line("10"), au.line("20.5"), subtotal, au.line("5"), subtotal]
    made = await au.person("invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": lines})
    shown = [(line["DetailType"], line.get("Description")) for line in made["Line"]]
    assert shown[2] == ("DescriptionOnly", "Subtotal: 30.50")
    assert [kind for kind, _ in shown] == [
        *["SalesItemLineDetail"] * 2,
        "DescriptionOnly",
        "SalesItemLineDetail",
        "SubTotalLineDetail",
    ]
    again = await au.read("Invoice", made["Id"])
    assert [line.get("Description") for line in again["Line"]] == [description for _, description in shown]
    assert made["TotalAmt"] * 10 == again["TotalAmt"] * 10


async def test_rates_are_saved_with_the_world(abroad: Books) -> None:
    kept = await rates(abroad, ("USD", "2026-11-01", "1.5"))
    state = (await abroad.client.get("/_sandbox/state")).content
    await rates(abroad)
    await abroad.client.put("/_sandbox/state", content=state)
    path = f"/_sandbox/companies/{abroad.company.realm}/exchange-rates"
    assert (await abroad.client.get(path)).json()["items"] == kept


async def test_reports_tell_in_home_money_at_each_documents_own_rate(abroad: Books) -> None:
    """What a payment at another rate pays is gone at the invoice's, and what it leaves over stays at its own."""
    kay = await abroad.customer("Kay", **USD)
    till = {"value": abroad.company.account_of("Other Current Asset", "UndepositedFunds").id}
    invoice = await abroad.invoice(kay, ExchangeRate=1.3333, TxnDate="2026-11-02", DueDate="2026-12-02")
    paid = {"DepositToAccountRef": till, "ExchangeRate": 1.5, "TxnDate": "2026-11-05"}
    await abroad.payment(kay, 50, (invoice, 30), **paid)

    async def told(name: str, **parameters: str) -> dict[str, list[str]]:
        answer = (await abroad.call("GET", f"reports/{name}", **parameters)).json()
        return {
            row["ColData"][0].get("id") or row["ColData"][0]["value"]: [cell["value"] for cell in row["ColData"][1:]]
            for row in answer["Rows"]["Row"]
            if "ColData" in row
        }

    assert (await told("AgedReceivables", report_date="2026-11-04"))[kay["Id"]][-1] == "146.66"
    owed = await told("AgedReceivables", report_date="2026-11-05")
    assert owed[kay["Id"]][-1] == "76.66", "80.00 at 1.3333, less 20.00 at 1.5"
    balances = await told("TrialBalance", end_date="2026-11-05")
    assert balances[till["value"]] == ["75.00", ""]
    assert balances[abroad.company.receivable("USD").id] == ["76.66", ""]
    await abroad.person("deposit", {"payments": [(await abroad.ids("select * from Payment"))[0]]})
    assert till["value"] not in await told("TrialBalance", end_date="2026-12-31"), "it is banked at the payment's rate"

    [agency] = await abroad.ids("SELECT * FROM TaxAgency")
    days = {"agency_id": agency, "start_date": "2026-11-01", "end_date": "2026-11-30"}
    accrual, cash = [await told("TaxSummary", **days, accounting_method=basis) for basis in ("Accrual", "Cash")]
    assert (accrual["G1 Total sales"], accrual["1A GST on sales"]) == (["146.66"], ["13.33"])
    assert (cash["G1 Total sales"], cash["1A GST on sales"]) == (["40.00"], ["3.64"])
