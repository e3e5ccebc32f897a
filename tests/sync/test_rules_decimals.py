"""Currencies with no or three decimals: amounts by the currency's own digits, on both sides and in both directions."""

import pytest

from app.domain.model.configuration import MappedMethod
from app.storage.connections import connections
from tests.support.joint import Joint
from tests.support.stories import asked, change, customer, invoice, line, payment, quiet, run


@pytest.fixture
async def joint(joint: Joint) -> Joint:
    """A company that keeps several currencies."""
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)
    return joint


async def account(joint: Joint, currency: str) -> str:
    """A bank account kept in a currency, mapped to the payment method for receipts in it."""
    body = {"Name": f"Bank {currency}", "AccountType": "Bank", "CurrencyRef": {"value": currency}}
    made = str((await joint.person("account", body))["Id"])
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    further = MappedMethod(await joint.method("direct_deposit"), made, preferred=True, currency=currency)
    await joint.configure(payment_methods=(*connection.configuration.payment_methods, further))
    return made


@pytest.mark.parametrize(
    ("currency", "price", "tax", "total"),
    [
        ("JPY", "105", "29", "315"),  # 28.636 of tax inside, and no yen has a part
        ("KRW", "1055", "288", "3165"),
        ("KWD", "1.255", "0.342", "3.765"),  # 0.34227 of tax inside
        ("AUD", "1.05", "0.29", "3.15"),
        ("USD", "1.05", "0.29", "3.15"),
    ],
)
async def test_s1_an_invoice_has_the_sales_total_and_tax_in_the_currencys_own_digits(
    joint: Joint, currency: str, price: str, tax: str, total: str
) -> None:
    contact = await joint.contact("Aiko", "Mori")
    if currency != "AUD":
        await account(joint, currency)
    tea = {"description": "Tea", "quantity": "3", "unit_price": price, "tax_code": "GST"}
    sale = await joint.sale(contact["id"], tea, currency=currency)
    await joint.receipt(sale)
    await run(joint)

    assert (sale["total"], sale["tax_total"]) == (total, tax)
    [there] = await joint.books_list("invoice")
    [paid] = await joint.books_list("payment")
    assert there["CurrencyRef"]["value"] == currency
    assert (there["TotalAmt"], there["TxnTaxDetail"]["TotalTax"]) == (float(total), float(tax))
    assert (paid["TotalAmt"], there["Balance"]) == (float(total), 0)
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("currency", "net", "total", "tax"),
    [("JPY", "1005", "1106", "101"), ("KWD", "1.255", "1.381", "0.126"), ("USD", "10.05", "11.06", "1.01")],
)
async def test_s4_an_invoice_becomes_a_sale_in_the_currencys_own_digits(
    joint: Joint, currency: str, net: str, total: str, tax: str
) -> None:
    bank = await account(joint, currency)
    made = await customer(joint, "Aiko", CurrencyRef={"value": currency})
    there = await invoice(joint, made["Id"], await line(joint, net))
    await payment(joint, made["Id"], total, {there["Id"]: total}, DepositToAccountRef={"value": bank})
    await run(joint)

    [sale] = await joint.shop_list("sales")
    [receipt] = await joint.shop_list("receipts")
    assert (sale["currency"], sale["total"], sale["tax_total"]) == (currency, total, tax)
    assert (receipt["amount"], sale["amount_paid"]) == (total, total)
    assert await asked(joint) == []
    await quiet(joint)
