"""What is obvious is proposed by name, decides nothing, and is nothing where two would do."""

from dataclasses import replace

import pytest

from app.domain.model.configuration import MappedMethod
from app.services.adviser import advice
from app.services.configuration_rules import faults
from app.services.ports import Option
from app.services.proposals import filled_in, proposals
from tests.services.test_adviser import CHOICES, COMPANY, GOOD, METHODS

UNDECIDED = replace(
    GOOD,
    payment_methods=tuple(MappedMethod(method.id) for method in METHODS),
    items=replace(GOOD.items, reason_items={}),
)


def test_what_is_obvious_is_proposed_by_name() -> None:
    assert [(each.what, each.name) for each in proposals(UNDECIDED, CHOICES)] == [
        ("Credit card", "Stripe clearing"),
        ("Card by phone", "Stripe clearing"),
        ("PayPal", "PayPal"),
        ("Direct deposit", "Everyday"),
        ("Cash", "Undeposited Funds"),
        ("Vouchers", "Vouchers"),
        ("Bad debts", "Bad debts"),
    ]


def test_what_was_filled_in_can_be_stored_needs_no_second_look_and_leaves_nothing_obvious() -> None:
    filled = filled_in(UNDECIDED, CHOICES)

    assert faults(filled, CHOICES) == {}
    assert advice(filled, CHOICES) == ()
    assert proposals(filled, CHOICES) == ()
    assert [mapped.preferred for mapped in filled.payment_methods] == [True, False, False, False, False, False]
    assert filled.payment_methods[-1].choice == "undecided"


def test_what_somebody_has_decided_stays() -> None:
    decided = (MappedMethod("card", "undeposited"), MappedMethod("paypal", left_out=True), MappedMethod("transfer"))
    configuration = replace(GOOD, payment_methods=decided)

    filled = filled_in(configuration, CHOICES)

    assert filled.payment_methods[:2] == decided[:2]
    assert filled.payment_methods[2].deposit_account_id == "bank"
    assert filled.items.reason_items == GOOD.items.reason_items


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        (Option("bank2", "Cheque account", "Bank"), "Direct deposit"),
        (Option("paypal2", "PayPal clearing", "Bank"), "PayPal"),
        (Option("square", "Square", "Bank"), "Credit card"),
    ],
)
def test_of_two_that_would_do_none_is_proposed(more: Option, missing: str) -> None:
    several = replace(CHOICES, company=replace(COMPANY, deposit_accounts=(*COMPANY.deposit_accounts, more)))

    assert missing in {each.what for each in proposals(UNDECIDED, CHOICES)}
    assert missing not in {each.what for each in proposals(UNDECIDED, several)}


def test_an_account_in_another_currency_and_a_method_in_one_are_left_to_a_person() -> None:
    dollars = (Option("usd", "PayPal dollars", "Bank", currency="USD"), *COMPANY.deposit_accounts)
    choices = replace(CHOICES, company=replace(COMPANY, deposit_accounts=dollars))
    methods = (MappedMethod("paypal"), MappedMethod("paypal", currency="USD"))

    found = proposals(replace(GOOD, payment_methods=methods), choices)

    assert [(each.field, each.id) for each in found if each.what == "PayPal"] == [
        ("payment_methods[0].deposit_account_id", "paypal")
    ]
