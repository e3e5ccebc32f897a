"""Where a person finds a record in Oncord: as the site says, and nowhere where it says something else."""

import pytest

from app.oncord.answers import facts_in
from app.oncord.pages import page_at

TEMPLATE = "https://shop.example/admin/{kind}/{id}"


@pytest.mark.parametrize(
    ("sort", "address"),
    [
        ("contact", "https://shop.example/admin/contact/7%2F8"),
        ("item", "https://shop.example/admin/product/7%2F8"),
        ("adjustment", "https://shop.example/admin/sale/7%2F8"),
        ("refund", "https://shop.example/admin/receipt/7%2F8"),
        ("", ""),
    ],
)
def test_each_sort_of_record_has_its_page(sort: str, address: str) -> None:
    assert page_at(TEMPLATE, sort, "7/8") == address


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (TEMPLATE, TEMPLATE),
        ("http://localhost:8002/{kind}/{id}", "http://localhost:8002/{kind}/{id}"),
        (None, ""),
        ("https://shop.example/admin", ""),
        ("javascript:alert(1)//{id}", ""),
        ("data:text/html,{id}", ""),
        ("//shop.example/{id}", ""),
        ("https://{id}.evil.example/", ""),
        ("https://[shop/{id}", ""),
        ("https://shop.example/{id}" + "x" * 2000, ""),
        (17, ""),
    ],
)
def test_only_an_address_on_the_web_leads_anywhere(said: object, kept: str) -> None:
    assert facts_in({"id": "demo", "name": "Shop", "record_url": said}).record_url == kept
