"""What is allowed and probably not meant: said where it is, and nothing said of books as most have them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.configuration import Configuration, DocumentPolicy, ItemPolicy, MappedMethod, MappedTaxCode
from app.domain.model.exchange import SideFacts
from app.domain.model.records import Money, Sale
from app.services.adviser import advice
from app.services.choices import Choices, ShopChoice
from app.services.configuration_rules import faults
from app.services.double_income import Entries
from app.services.ports import CompanyChoices, Option
from app.services.special_items import UNDEPOSITED

FACTS = SideFacts("1", "Books", "AU", "AUD", features=frozenset({"sales_tax", "custom_numbers"}))
COMPANY = CompanyChoices(
    facts=FACTS,
    deposit_accounts=(
        Option("bank", "Everyday", "Bank", group="Bank accounts"),
        Option("till", "Petty cash", "Bank", group="Bank accounts"),
        Option("cards", "Stripe clearing", "Bank", group="Bank accounts"),
        Option("paypal", "PayPal", "Other Current Asset", group="Other current assets"),
        Option("undeposited", "Undeposited Funds", "Other Current Asset", group=UNDEPOSITED),
        Option("loan", "Loan to Jo", "Other Current Asset", group="Other current assets"),
    ),
    income_accounts=(Option("79", "Sales", "Income"),),
    tax_codes=(Option("6", "GST", rate="10"), Option("7", "GST-free", rate="0"), Option("8", "Export", rate="0")),
    items=(
        Option("1", "Sales", "Service", account="Income"),
        Option("2", "Tea", "Inventory", account="Income"),
        Option("3", "Bad debts", "Service", account="Expense"),
        Option("4", "Vouchers", "Service", account="Other Current Liability"),
    ),
)
METHODS = (
    ShopChoice("card", "Credit card", "credit_card"),
    ShopChoice("phone", "Card by phone", "credit_card_phone"),
    ShopChoice("paypal", "PayPal", "paypal"),
    ShopChoice("transfer", "Direct deposit", "direct_deposit"),
    ShopChoice("cash", "Cash", "cash"),
    ShopChoice("other", "Something else", "other"),
)
CHOICES = Choices(
    payment_methods=METHODS,
    tax_codes=(ShopChoice("GST", "GST", rate="10"), ShopChoice("FRE", "GST free", rate="0")),
    company=COMPANY,
    shop_facts=SideFacts("s", "Shop", "AU", "AUD"),
)
GOOD = Configuration(
    start_date=date(2026, 10, 1),
    payment_methods=(
        MappedMethod("card", "cards", preferred=True),
        MappedMethod("phone", "cards"),
        MappedMethod("paypal", "paypal"),
        MappedMethod("transfer", "bank"),
        MappedMethod("cash", "undeposited"),
        MappedMethod("other"),
    ),
    tax_codes=(MappedTaxCode("GST", "6", "10"), MappedTaxCode("FRE", "7", "0")),
    items=ItemPolicy(item_id="1", reason_items={"bad_debt": "3"}),
    gst_basis="accrual",
    gst_period="quarterly",
)


def told(configuration: Configuration, choices: Choices = CHOICES) -> list[str]:
    """The fields that are worth a second look; each is allowed all the same."""
    found = advice(configuration, choices)
    assert all(each.found.endswith(".") and each.better.endswith(".") for each in found)
    assert not set(faults(configuration, choices)) & {each.field for each in found}
    return [each.field for each in found]


def in_account(method: str, account: str) -> tuple[MappedMethod, ...]:
    """The good methods, with one of them in another account."""
    return tuple(MappedMethod(each.id, account) if each.id == method else each for each in GOOD.payment_methods)


def test_of_books_as_most_have_them_nothing_is_said() -> None:
    assert told(GOOD) == []


@pytest.mark.parametrize(
    ("method", "account", "field"),
    [
        ("card", "bank", "payment_methods[0].deposit_account_id"),
        ("paypal", "bank", "payment_methods[2].deposit_account_id"),
        ("paypal", "cards", "payment_methods[2].deposit_account_id"),
        ("transfer", "paypal", "payment_methods[3].deposit_account_id"),
        ("transfer", "undeposited", "payment_methods[3].deposit_account_id"),
        ("cash", "bank", "payment_methods[4].deposit_account_id"),
        ("other", "loan", "payment_methods[5].deposit_account_id"),
    ],
)
def test_an_account_in_which_the_money_does_not_arrive_is_doubted(method: str, account: str, field: str) -> None:
    assert told(replace(GOOD, payment_methods=in_account(method, account))) == [field]


@pytest.mark.parametrize(
    ("method", "account"),
    [("card", "undeposited"), ("paypal", "undeposited"), ("cash", "till"), ("other", "bank"), ("other", "cards")],
)
def test_an_account_that_may_well_be_meant_is_not(method: str, account: str) -> None:
    assert told(replace(GOOD, payment_methods=in_account(method, account))) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"unmapped_methods_account": "bank"}, ["unmapped_methods_account_id"]),
        ({"unmapped_methods_account": "cards"}, []),
        ({"start_date": date(2026, 11, 15)}, ["start_date"]),
        ({"start_date": date(2026, 11, 15), "gst_period": "undecided"}, ["gst_period"]),
        ({"start_date": date(2026, 11, 1), "gst_period": "monthly"}, []),
        ({"start_date": date(2026, 7, 1), "gst_period": "yearly"}, []),
        ({"start_date": date(2026, 10, 1), "gst_period": "yearly"}, ["start_date"]),
        ({"gst_basis": "undecided"}, ["gst_basis"]),
        ({"items": replace(GOOD.items, item_id="2")}, ["items.item_id"]),
        ({"items": replace(GOOD.items, item_id="3")}, ["items.item_id"]),
        ({"items": replace(GOOD.items, shipping_item_id="2")}, ["items.shipping_item_id"]),
        ({"items": replace(GOOD.items, rounding_item_id="3")}, []),
        ({"items": replace(GOOD.items, reason_items={})}, ["items.reason_items.bad_debt"]),
        (
            {"tax_codes": (MappedTaxCode("GST", "6", "10"), MappedTaxCode("FRE", "8", "0"))},
            ["tax_codes[1].quickbooks_id"],
        ),
        ({"tax_codes": (MappedTaxCode("FRE", left_out=True),)}, []),
    ],
)
def test_each_choice_is_looked_at(changes: dict[str, Any], fields: list[str]) -> None:
    assert told(replace(GOOD, **changes)) == fields


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        (replace(FACTS, features=frozenset({"sales_tax"})), ["document_numbers"]),
        (replace(FACTS, features=frozenset({"custom_numbers"})), ["tax_codes"]),
        (replace(FACTS, features=FACTS.features | {"automatic_credits"}), ["payment_methods"]),
        (replace(FACTS, features=FACTS.features | {"automatic_payments", "automatic_credits"}), ["payment_methods"]),
        (replace(FACTS, country="US", currency="USD"), []),
    ],
)
def test_the_company_is_looked_at(facts: SideFacts, fields: list[str]) -> None:
    choices = replace(CHOICES, company=replace(COMPANY, facts=facts))

    assert [each.field for each in advice(GOOD, choices)] == fields


@pytest.mark.parametrize(
    ("keeps_several", "sold", "fields"), [(False, "USD", ["payment_methods"]), (True, "USD", []), (False, "AUD", [])]
)
def test_sales_in_a_currency_that_the_company_does_not_keep_are_told_before_they_wait(
    *, keeps_several: bool, sold: str, fields: list[str]
) -> None:
    company = replace(COMPANY, facts=replace(FACTS, multi_currency=keeps_several))
    late = Sale("7", Money(sold, total=Decimal(22)), number="1041", date=date(2026, 10, 3))
    choices = replace(CHOICES, company=company, entries=Entries((late,), (), home="AUD"))

    assert [each.field for each in advice(GOOD, choices)] == fields


def test_where_quickbooks_numbers_nothing_is_said_of_numbers() -> None:
    own = replace(CHOICES, company=replace(COMPANY, facts=replace(FACTS, features=frozenset({"sales_tax"}))))

    assert told(replace(GOOD, document_numbers="quickbooks"), own) == []


def test_a_shop_that_takes_vouchers_needs_an_item_for_them() -> None:
    voucher = replace(CHOICES, payment_methods=(*METHODS, ShopChoice("v", "Voucher", "voucher")))

    assert told(GOOD, voucher) == ["items.voucher_item_id"]
    assert told(replace(GOOD, items=replace(GOOD.items, voucher_item_id="4")), voucher) == []


def test_what_is_said_names_what_was_chosen() -> None:
    [one] = advice(replace(GOOD, start_date=date(2026, 11, 15)), CHOICES)

    assert "1 Oct 2026 to 31 Dec 2026" in one.found
    assert "Start on 1 Jan 2027" in one.better


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"payment_methods": in_account("transfer", "closed")}, "payment_methods[3].deposit_account_id"),
        ({"unmapped_methods_account": "closed"}, "unmapped_methods_account_id"),
        ({"goodwill_account": "closed"}, "goodwill_account_id"),
        ({"pay_back_account": "closed"}, "pay_back_account_id"),
        ({"tax_codes": (MappedTaxCode("GST", "66", "10"),)}, "tax_codes[0].quickbooks_id"),
        ({"items": replace(GOOD.items, item_id="99")}, "items.item_id"),
        ({"items": replace(GOOD.items, shipping_item_id="99")}, "items.shipping_item_id"),
        ({"items": replace(GOOD.items, mode="match", income_account_id="99")}, "items.income_account_id"),
        ({"documents": DocumentPolicy(class_id="99")}, "documents.class_id"),
    ],
)
def test_what_is_no_longer_in_use_comes_first_and_is_refused_when_it_is_stored_again(
    changes: dict[str, Any], field: str
) -> None:
    chosen = replace(GOOD, **changes)
    choices = replace(CHOICES, company=replace(COMPANY, inactive_accounts={"closed": "Old bank"}))

    first = advice(chosen, choices)[0]

    assert first.field == field
    assert first.found.endswith("which QuickBooks no longer has in use.")
    assert "closed" not in str(changes) or "Old bank" in first.found
    assert field in faults(chosen, choices)
