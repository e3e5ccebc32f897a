"""Amounts on pages: one style, with the currency named where it is not the company's own."""

import re

import pytest
from markupsafe import Markup

from app.console.money import AsTyped, in_style
from app.console.readable import subject
from tests.console.pages import shown, sign_in
from tests.console.test_certificate import lone_sale
from tests.support.app import Service


@pytest.mark.parametrize(
    ("text", "home", "styled"),
    [
        ("1204.50 AUD", "AUD", "$1,204.50"),
        ("-44.00 AUD", "AUD", "-$44.00"),
        ("1204.50 AUD", "USD", "1,204.50 AUD"),
        ("1204.50 AUD", "", "1,204.50 AUD"),
        ("1204.50 USD", "USD", "$1,204.50"),
        ("1204.50 GBP", "GBP", "£1,204.50"),
        ("1204.50 CHF", "CHF", "1,204.50 CHF"),
        ("110000 JPY", "AUD", "110,000 JPY"),
        ("1250.125 KWD", "AUD", "1,250.125 KWD"),
        ("It pays 40.00 AUD + 4.00 USD.", "AUD", "It pays $40.00 + 4.00 USD."),
        ("44.00 AUD, 4.00 AUD of it tax", "AUD", "$44.00, $4.00 of it tax"),
        ("12 BAS periods", "AUD", "12 BAS periods"),
        ("Invoice 1041 AUD", "AUD", "Invoice 1041 AUD"),
        ("A payment of 108.3 AUD recorded", "AUD", "A payment of $108.30 recorded"),
        ("1.234 AUD", "AUD", "1.234 AUD"),
        ("SO-44.00 AUD", "AUD", "SO-44.00 AUD"),
        (AsTyped("44.00 AUD"), "AUD", "44.00 AUD"),
        (Markup("44.00 AUD"), "AUD", "44.00 AUD"),
        (7, "AUD", 7),
        ("", "AUD", ""),
    ],
)
def test_an_amount_is_in_style_and_nothing_else_is_touched(text: object, home: str, styled: object) -> None:
    assert in_style(text, home) == styled


def test_what_was_kept_last_year_reads_in_the_style_of_today() -> None:
    kept = {"label": "Invoice 1041, Ada Byron", "date": "2025-11-22", "amount": "1204.5", "currency": "AUD"}

    assert in_style(subject(kept), "AUD") == "Invoice 1041, Ada Byron, 22 Nov 2025, $1,204.50"


async def test_the_pages_of_a_company_say_dollars_and_programs_get_the_currency(service: Service) -> None:
    connection_id = await lone_sale(service)
    made = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()
    await sign_in(service)

    page = shown(await service.browser.get(f"/connections/{connection_id}/tie-outs/{made['id']}"))

    assert "$44.00" in page
    assert not (named := re.findall(r".{60}\d AUD.{20}", page)), named
    (difference,) = (await service.api.get(made["certificate"])).json()["differences"]
    assert (difference["amount"], difference["currency"]) == ("-44.00", "AUD")
