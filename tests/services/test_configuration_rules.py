"""Which configurations make sense; pure values in, one sentence per field out."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.model.configuration import (
    Configuration,
    DocumentPolicy,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
    VoucherWay,
)
from app.domain.model.exchange import SideFacts
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.services.choices import Choices, ShopChoice, same_rate
from app.services.configuration_rules import faults
from app.services.ports import CompanyChoices, Option

COMPANY = CompanyChoices(
    facts=SideFacts(
        id="1", name="Books", country="AU", currency="AUD", multi_currency=True, features=frozenset({"sales_tax"})
    ),
    deposit_accounts=(Option("35", "Everyday", "Bank", "AUD"), Option("36", "Dollars", "Bank", "USD")),
    income_accounts=(Option("79", "Sales", "Income"),),
    tax_codes=(Option("6", "GST", rate="10"), Option("7", "Free", rate="0"), Option("TAX", "Tax")),
    items=(Option("1", "Sales", "Service"), Option("21", "Owed before", "Service")),
    opening_items=(Option("21", "Owed before", "Service"),),
    classes=(Option("500", "Web"),),
)
CHOICES = Choices(
    payment_methods=(ShopChoice("a", "Card"), ShopChoice("b", "PayPal")),
    tax_codes=(ShopChoice("GST", "GST", rate="10.00"),),
    company=COMPANY,
    shop_facts=SideFacts(id="s", name="Shop", country="AU", currency="AUD"),
)
GOOD = Configuration(
    start_date=date(2026, 11, 1),
    payment_methods=(MappedMethod("a", "35"), MappedMethod("b")),
    tax_codes=(MappedTaxCode("GST", "6", "10"),),
    items=ItemPolicy(item_id="1"),
)


def closed(until: str) -> Choices:
    return replace(CHOICES, company=replace(COMPANY, facts=replace(COMPANY.facts, closed_until=until)))


def test_a_good_configuration_has_no_faults() -> None:
    assert faults(GOOD, CHOICES) == {}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"payment_methods": (MappedMethod("a", "36"),)}, {"payment_methods[0].deposit_account_id"}),
        ({"payment_methods": (MappedMethod("a", "36", currency="USD"),)}, set()),
        ({"payment_methods": (MappedMethod("a", "35"), MappedMethod("a", "36", currency="USD"))}, set()),
        ({"payment_methods": (MappedMethod("a", "35"), MappedMethod("a", "35", currency="USD"))}, set()),
        ({"payment_methods": (MappedMethod("a", "36", currency="EUR"),)}, {"payment_methods[0].deposit_account_id"}),
        (
            {"payment_methods": (MappedMethod("a", "35", currency="USD"), MappedMethod("b", "35", currency="USD"))},
            {"payment_methods[0].preferred"},
        ),
        (
            {"payment_methods": (MappedMethod("a", "35", True), MappedMethod("b", "35", True, currency="USD"))},
            set(),
        ),
        ({"payment_methods": (MappedMethod("a", None, preferred=True),)}, {"payment_methods[0].preferred"}),
        ({"pay_back_account": "35"}, set()),
        ({"pay_back_account": "36"}, {"pay_back_account_id"}),
        ({"pay_back_account": "79"}, {"pay_back_account_id"}),
        (
            {"payment_methods": (MappedMethod("a", "35"), MappedMethod("b", "35", preferred=True))},
            set(),
        ),
        ({"payment_methods": ()}, set()),
        ({"tax_codes": (MappedTaxCode("GST", "7", "10"),)}, {"tax_codes[0].quickbooks_id"}),
        ({"tax_codes": (MappedTaxCode("GST", "TAX", ""),)}, set()),
        ({"tax_codes": (MappedTaxCode("GST", "6", "5"),)}, {"tax_codes[0].rate"}),
        (
            {"tax_codes": (MappedTaxCode("GST", "6"), MappedTaxCode("GST", "6"))},
            {"tax_codes[1].code"},
        ),
        ({"items": ItemPolicy(mode="match", income_account_id="79")}, set()),
        ({"items": ItemPolicy(mode="match", item_id="9", income_account_id="79")}, {"items.item_id"}),
        ({"items": ItemPolicy(item_id="1", discount_item_id="9")}, {"items.discount_item_id"}),
        ({"items": ItemPolicy(item_id="1", opening_item_id="1")}, {"items.opening_item_id"}),
        ({"opening_receivables": "bring_in", "gst_basis": "accrual"}, {"items.opening_item_id"}),
        (
            {
                "opening_receivables": "bring_in",
                "gst_basis": "cash",
                "items": ItemPolicy(item_id="1", opening_item_id="21"),
            },
            {"opening_receivables"},
        ),
        ({"unmapped_methods_account": "35"}, set()),
        ({"unmapped_methods_account": "36"}, {"unmapped_methods_account_id"}),  # it is kept in another currency
        ({"unmapped_methods_account": "79"}, {"unmapped_methods_account_id"}),
        ({"untaxed_lines": UntaxedLines(UntaxedCodes(products="7"))}, set()),
        ({"untaxed_lines": UntaxedLines(UntaxedCodes(products="6"))}, {"untaxed_lines.home.products"}),
        ({"untaxed_lines": UntaxedLines(abroad=UntaxedCodes(shipping="9"))}, {"untaxed_lines.abroad.shipping"}),
        ({"documents": DocumentPolicy(class_id="500", payment_links=True)}, set()),
        ({"documents": DocumentPolicy(class_id="501")}, {"documents.class_id"}),
        ({"documents": DocumentPolicy(location_id="1")}, {"documents.location_id"}),
        (
            {"conflict_winner": {Kind.CONTACT: Side.ONCORD}},
            {f"conflict_winner.{k}" for k in ("item", "sale", "receipt")},
        ),
        ({"contact_winner": {"email": Side.ONCORD, "tax_number": Side.QUICKBOOKS}}, set()),
        ({"contact_winner": {"email": Side.ONCORD, "currency": Side.ONCORD}}, {"contact_winner.currency"}),
    ],
)
def test_each_fault_is_found_at_its_field(changes: dict[str, Any], fields: set[str]) -> None:
    assert set(faults(replace(GOOD, **changes), CHOICES)) == fields


def test_a_start_date_in_closed_books_is_refused_unless_it_was_chosen_before() -> None:
    assert set(faults(GOOD, closed("2026-11-01"))) == {"start_date"}
    assert faults(GOOD, closed("2026-10-31")) == {}
    assert faults(GOOD, closed("2026-12-31"), previous_start=GOOD.start_date) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("10", "10.00", True), ("", "10", True), ("10", "", True), ("10", "5", False), ("ten", "10", False)],
)
def test_rates_are_compared_as_numbers(one: str, other: str, *, same: bool) -> None:
    assert same_rate(one, other) is same


def test_a_company_with_one_currency_takes_no_method_in_another() -> None:
    single = replace(CHOICES, company=replace(COMPANY, facts=replace(COMPANY.facts, multi_currency=False)))
    foreign = replace(GOOD, payment_methods=(MappedMethod("a", "35", currency="USD"),))

    assert set(faults(foreign, single)) == {"payment_methods[0].deposit_account_id"}
    assert faults(GOOD, single) == {}


@pytest.mark.parametrize(("days", "fine"), [(-1, False), (0, True), (1, True), (7, True), (8, False)])
def test_a_question_about_a_person_holds_documents_for_seven_days_at_most(days: int, fine: bool) -> None:
    wrong = faults(replace(GOOD, hold_questions_days=days), CHOICES)

    assert set(wrong) == (set() if fine else {"hold_questions_days"})


@pytest.mark.parametrize(("until", "fine"), [(date(2026, 9, 30), True), (date(2026, 11, 20), False), (None, True)])
def test_b1_only_a_period_that_is_over_can_have_been_lodged(until: date | None, fine: bool) -> None:
    wrong = faults(replace(GOOD, lodged_until=until), CHOICES, previous_start=GOOD.start_date, today=date(2026, 11, 20))

    assert set(wrong) == (set() if fine else {"lodged_until"})


def test_b1_the_start_date_lies_after_what_was_lodged_only_when_it_is_chosen_anew() -> None:
    lodged = replace(GOOD, lodged_until=date(2026, 11, 15))

    assert faults(lodged, CHOICES, previous_start=GOOD.start_date) == {}
    assert set(faults(lodged, CHOICES)) == {"start_date"}


def test_where_nobody_is_asked_what_untaxed_lines_are_a_choice_is_refused_in_words() -> None:
    chosen = replace(GOOD, untaxed_lines=UntaxedLines(UntaxedCodes(products="7")))
    for changes, words in (({"country": "US"}, "NON"), ({"features": frozenset()}, "charges no tax")):
        facts = replace(COMPANY.facts, **changes)  # type: ignore[arg-type]
        wrong = faults(chosen, replace(CHOICES, company=replace(COMPANY, facts=facts)))
        assert words in wrong["untaxed_lines.home.products"]


LIABILITY, EXPENSE, BANK = "Other Current Liability", "Expense", "Bank"


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (LIABILITY, ""),
        ("Income", "type Income"),
        (BANK, "type Bank"),
        ("Other Current Asset", "type Other Current Asset"),
        (EXPENSE, "type Expense"),
        ("", "type that is not known"),
    ],
)
def test_vouchers_are_owed_so_that_their_item_books_to_a_liability_and_to_nothing_else(
    account: str, words: str
) -> None:
    items = (*COMPANY.items, Option("77", "Vouchers", "Service", account=account))
    chosen = replace(GOOD, items=ItemPolicy(item_id="1", voucher_item_id="77"))
    found = faults(chosen, replace(CHOICES, company=replace(COMPANY, items=items)))

    assert set(found) == ({"items.voucher_item_id"} if words else set())
    assert words in found.get("items.voucher_item_id", "")


def test_an_item_for_vouchers_that_is_not_there_is_no_choice() -> None:
    found = faults(replace(GOOD, items=ItemPolicy(item_id="1", voucher_item_id="99")), CHOICES)

    assert found == {"items.voucher_item_id": "The company has no such active item."}


@pytest.mark.parametrize(
    ("reason", "chosen", "account", "wrong"),
    [
        ("bad_debt", "77", EXPENSE, False),
        ("bad_debt", "77", "Income", True),
        ("bad_debt", "77", "", True),
        ("bad_debt", "lines", EXPENSE, True),
        ("bad_debt", "", EXPENSE, False),
        ("return", "lines", "Income", False),
        ("return", "77", "Income", False),
        ("return", "99", "Income", True),
    ],
)
def test_a_bad_debt_is_a_cost_and_other_reasons_have_an_item_or_those_of_what_they_take_back(
    reason: str, chosen: str, account: str, wrong: bool
) -> None:
    items = (*COMPANY.items, Option("77", "Written off", "Service", account=account))
    wish = replace(GOOD, items=ItemPolicy(item_id="1", reason_items={reason: chosen}))
    found = faults(wish, replace(CHOICES, company=replace(COMPANY, items=items)))

    assert set(found) == ({f"items.reason_items.{reason}"} if wrong else set())


ASSET = Option("40", "Voucher clearing", "Other Current Asset", "AUD")


@pytest.mark.parametrize(
    ("way", "wrong"), [("line", {"payment_methods[0].deposit_account_id"}), ("payment", set()), ("either", set())]
)
def test_where_vouchers_are_redeemed_by_a_line_their_method_has_no_account(way: VoucherWay, wrong: set[str]) -> None:
    choices = replace(
        CHOICES,
        company=replace(COMPANY, deposit_accounts=(ASSET,)),
        payment_methods=(ShopChoice("a", "Voucher", kind="voucher"), ShopChoice("b", "Other", kind="other")),
    )
    wish = replace(GOOD, vouchers_redeemed=way, payment_methods=(MappedMethod("a", "40"),))

    assert set(faults(wish, choices)) == wrong
    assert faults(replace(wish, payment_methods=(MappedMethod("a"),)), choices) == {}
    assert faults(replace(wish, payment_methods=(MappedMethod("a", left_out=True),)), choices) == {}
    assert faults(replace(wish, payment_methods=(MappedMethod("b", "40"),)), choices) == {}


@pytest.mark.parametrize(
    ("account", "fine"), [("Other Current Asset", True), ("Other Current Liability", False), ("", False)]
)
def test_lines_that_redeem_a_voucher_by_payment_have_an_item_on_a_clearing_account(account: str, fine: bool) -> None:
    company = replace(COMPANY, items=(*COMPANY.items, Option("78", "Vouchers used", "Service", account=account)))
    wish = replace(GOOD, items=replace(GOOD.items, voucher_clearing_item_id="78"))

    assert (faults(wish, replace(CHOICES, company=company)) == {}) is fine


@pytest.mark.parametrize(
    ("kind", "account", "wrong"),
    [
        ("voucher", Option("90", "Clearing", "Other Current Asset", group="Other current assets"), False),
        ("voucher", Option("90", "Bank", "Bank", group="Bank accounts"), True),
        ("voucher", Option("90", "Drawer", "Other Current Asset", group="Undeposited funds"), True),
        ("account_credit", Option("90", "Clearing", "Other Current Asset", group="Other current assets"), True),
        ("cash", Option("90", "Drawer", "Other Current Asset", group="Undeposited funds"), False),
        ("credit_card", Option("90", "Bank", "Bank", group="Bank accounts"), False),
    ],
)
def test_what_is_no_money_never_goes_to_the_bank(kind: str, account: Option, wrong: bool) -> None:
    company = replace(COMPANY, deposit_accounts=(account,))
    choices = replace(CHOICES, company=company, payment_methods=(ShopChoice("v", "Voucher", kind),))
    found = faults(replace(GOOD, payment_methods=(MappedMethod("v", "90"),)), choices)

    assert set(found) == ({"payment_methods[0].deposit_account_id"} if wrong else set())
    assert faults(replace(GOOD, payment_methods=(MappedMethod("v", left_out=True),)), choices) == {}
