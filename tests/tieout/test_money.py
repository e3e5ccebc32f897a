"""Every way in which a receipt and its payments can differ, and the one cause that each is given."""

from dataclasses import replace
from datetime import date

import pytest

from app.tieout.facts import Applied, Entry, Held, Lost
from app.tieout.figures import Cell
from app.tieout.money import money_of
from tests.tieout.facts import SETTINGS, TIES, D, brief, found, invoice, pair, payment, receipt, sale

SEVEN = pair(sale(), invoice())


def test_money_that_pays_the_same_on_both_sides_agrees() -> None:
    assert found(SEVEN, pair(receipt("110.00", ("7", "110.00")), payment("110.00", ("90", "110.00")))) == []


def test_a_receipt_may_be_several_payments() -> None:
    legs = payment("60.00", ("90", "60.00")), payment("50.00", ("91", "50.00"), record_id="96", contact_id="52")
    both = receipt("110.00", ("7", "60.00"), ("8", "50.00"))

    assert found(pair(both, *legs)) == []


def test_a_refund_is_a_purchase_and_what_joins_it_to_its_credit() -> None:
    back = receipt("-50.00", applied=(Applied("7", D(50), credit=True),))
    joined = payment("0", record_id="96", applied=(Applied("90", D(50), credit=True),), channel="")

    assert found(pair(back, payment("-50.00"), joined)) == []


def test_goodwill_is_booked_to_an_expense_and_owed_by_nobody() -> None:
    goodwill, against = payment("-50.00", expensed=True), payment("-50.00")
    counted = money_of(pair(receipt("-50.00"), goodwill), TIES, SETTINGS)
    refund = money_of(pair(receipt("-50.00"), against), TIES, SETTINGS)

    assert found(pair(receipt("-50.00"), goodwill)) == []
    assert counted.here is not None
    assert counted.there is not None
    assert refund.there is not None
    assert counted.here.figures() == counted.there.figures()
    assert {cell.table for cell in counted.there.figures()} == {"money_out"}
    assert {cell.table for cell in refund.there.figures()} == {"money_out", "owed"}


def test_goodwill_of_another_amount_is_named() -> None:
    assert brief(found(pair(receipt("-50.00"), payment("-49.00", expensed=True)))) == [
        ("amount", D("1.00"), "unexplained")
    ]


def test_another_amount_is_named_once() -> None:
    assert brief(found(SEVEN, pair(receipt(), payment("109.99")))) == [("amount", D("-0.01"), "unexplained")]


def test_a_payment_that_lost_its_invoice_is_named_with_what_it_paid() -> None:
    differences = found(SEVEN, pair(receipt("110.00", ("7", "110.00")), payment()))

    assert brief(differences) == [("applied", D(-110), "unexplained")]
    assert differences[0].moves == {Cell("paid", "", "AUD"): D(-110)}


def test_money_that_pays_somebody_elses_document_lessens_what_that_one_owes() -> None:
    ours, theirs = receipt("110.00", ("8", "110.00")), payment("110.00", ("91", "110.00"), contact_id="52")

    assert found(pair(ours, theirs)) == []


def test_money_in_another_account_is_moved_from_one_figure_to_the_other() -> None:
    differences = found(pair(receipt(), payment(channel="36", untouched=True)))

    assert brief(differences) == [("account", D(110), "unexplained")]
    assert differences[0].moves == {
        Cell("money_in", "account:35", "AUD"): D(-110),
        Cell("money_in", "account:36", "AUD"): D(110),
    }


def test_two_methods_of_one_account_are_the_same_money() -> None:
    assert found(pair(receipt(channel="4"), payment())) == []


def test_money_of_an_unmapped_method_belongs_into_the_clearing_account_and_stays_there_once_it_is_mapped() -> None:
    now = replace(SETTINGS, unmapped_account="90", left_out=frozenset({("8", "")}))
    there = payment(channel="90", untouched=True)

    assert found(pair(receipt(channel="7"), there), settings=now) == []
    elsewhere = brief(found(pair(receipt(channel="7"), payment(channel="36", untouched=True)), settings=now))
    assert elsewhere == [("account", D(110), "unexplained")]
    assert now.account("8", "AUD") is None
    later = replace(SETTINGS, accounts_before=frozenset({("", "90")}))
    assert brief(found(pair(receipt(), there), settings=later)) == [("account", D(110), "person")]


def test_what_was_mapped_otherwise_later_stays_where_it_was() -> None:
    before = replace(SETTINGS, accounts_before=frozenset({("3", "36")}))

    assert brief(found(pair(receipt(), payment(channel="36")), settings=before)) == [("account", D(110), "person")]
    there = payment(channel="37", untouched=True)
    assert brief(found(pair(receipt(), there), settings=before)) == [("account", D(110), "unexplained")]
    other = brief(found(pair(receipt(channel="4"), replace(there, channel="36")), settings=before))
    assert other == [("account", D(110), "unexplained")]


def test_an_account_that_was_moved_in_the_books_is_named_with_its_amount() -> None:
    [difference] = found(pair(receipt(), payment(channel="36")))

    assert brief([difference]) == [("account", D(110), "account_moved")]
    assert difference.moves == {
        Cell("money_in", "account:35", "AUD"): D(-110),
        Cell("money_in", "account:36", "AUD"): D(110),
    }


def test_of_several_payments_only_the_one_that_was_moved_is_the_amount() -> None:
    legs = payment("60.00", channel="36"), payment("50.00", record_id="96", untouched=True)

    assert brief(found(pair(receipt(), *legs))) == [("account", D(60), "account_moved")]


@pytest.mark.parametrize("unproved", [{"untouched": True}, {"put_there": True}])
def test_an_account_is_moved_only_where_somebody_else_may_have_done_it(unproved: dict[str, bool]) -> None:
    assert brief(found(pair(receipt(), payment(channel="36", **unproved)))) == [("account", D(110), "unexplained")]


def test_money_paid_back_out_of_another_account_is_below_zero() -> None:
    assert brief(found(pair(receipt("-5.00"), payment("-5.00", channel="36")))) == [("account", D(-5), "account_moved")]


def test_a_method_changed_while_the_money_is_in_a_bank_deposit_is_what_a_person_chose() -> None:
    banked = payment(channel="36", deposited=True)

    assert brief(found(pair(receipt(), banked))) == [("account", D(110), "person")]


def test_what_lay_in_another_account_when_the_two_met_stays_there() -> None:
    met = pair(receipt(), payment(channel="36", untouched=True), adopted=True)

    assert brief(found(met)) == [("account", D(110), "account_moved")]


def test_what_is_in_the_books_stays_there_when_nobody_maps_its_method_any_more() -> None:
    assert brief(found(pair(receipt(channel="9"), payment()))) == [("account", D(110), "not_mapped")]


@pytest.mark.parametrize(("ours", "theirs"), [(("95",), ()), ((), ("20",))])
def test_two_that_a_person_called_one_may_lie_in_two_accounts(ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    pairing = pair(receipt(chosen=ours), payment(channel="36", chosen=theirs))

    assert brief(found(pairing)) == [("account", D(110), "person")]
    other = pair(receipt(chosen=("94",)), payment(channel="36", untouched=True))
    assert brief(found(other)) == [("account", D(110), "unexplained")]


def test_void_money_counts_on_the_other_side_only() -> None:
    assert brief(found(pair(receipt(), payment("0", void=True)))) == [("void", D(-110), "void")]
    noted = payment("0", void=True, lost=(Lost("oncord", "both"),))
    assert brief(found(pair(receipt(), noted))) == [("void", D(-110), "void")]


def test_another_owner_counts_only_for_money_that_pays_nothing() -> None:
    assert brief(found(pair(receipt(), payment(contact_id="52")))) == [("contact", D(0), "unexplained")]


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        (receipt(held=Held()), "waiting"),
        (receipt(held=Held(True, "configuration:payment methods", "undecided")), "not_mapped"),
        (receipt(held=Held(True, "change", "refused")), "parked"),
        (receipt(question="Is it the same?"), "held"),
        (receipt(channel="9"), "not_mapped"),
        (payment(channel="77"), "not_mapped"),
        (receipt(), "unexplained"),
        (payment(), "unexplained"),
    ],
)
def test_money_that_only_one_side_has_is_missing_for_one_cause(entry: Entry, cause: str) -> None:
    group = pair(entry) if entry.side == "oncord" else pair(None, entry)

    assert brief(found(group)) == [("missing", D(-110 if entry.side == "oncord" else 110), cause)]


def test_what_oncord_pays_beyond_a_sale_is_the_customers_credit_in_the_books() -> None:
    over = pair(receipt("130", ("7", "130")), payment("130", ("90", "110")))
    documents = [pair(sale(says_paid=D(paid)), invoice()) for paid in (130, 110)]

    assert brief(found(documents[0], over)) == [("applied", D(-20), "unapplied")]
    assert brief(found(documents[1], over)) == [("applied", D(-20), "unexplained")]


@pytest.mark.parametrize(("there", "cause"), [("104.50", "fee"), ("104.49", "unexplained"), ("115.50", "fee")])
def test_a_fee_is_named_where_somebody_said_that_the_two_are_one(there: str, cause: str) -> None:
    said = receipt(chosen=("95",))
    apart = D(there) - 110

    assert brief(found(pair(said, payment(there)))) == [("amount", apart, cause)]
    assert brief(found(pair(receipt(), payment(there)))) == [("amount", apart, "unexplained")]


def test_money_shares_the_cause_of_what_it_pays() -> None:
    early = pair(sale(date=date(2025, 12, 31)))
    differences = found(early, pair(receipt("110.00", ("7", "110.00"))))

    assert brief(differences) == [("missing", D(-110), "before_start"), ("missing", D(-110), "before_start")]


@pytest.mark.parametrize(("owing", "cause"), [("0", "before_start"), ("40.00", "opening_receivable")])
def test_the_part_of_money_that_pays_a_sale_of_before_the_start_stays_with_it(owing: str, cause: str) -> None:
    early = pair(sale(date=date(2025, 12, 31), says_paid=110 - D(owing)))
    both = receipt("130.00", ("7", "80.00"), ("8", "50.00"))

    def named(there: str, paid: str = "50.00") -> list[tuple[str, D, str]]:
        group = pair(both, payment(there, ("91", paid)))
        return [each for each in brief(found(early, group)) if each[0] in ("amount", "applied")]

    assert named("50.00") == [("amount", D(-80), cause), ("applied", D(-80), cause)]
    assert named("49.00", "49.00")[0] == ("amount", D(-81), "unexplained")
    assert named("130.00") == [("applied", D(-80), cause)]


def test_the_part_of_money_that_pays_any_other_sale_that_is_gone_does_not_stay_with_it() -> None:
    gone = pair(sale(lost=(Lost("quickbooks", "oncord"),)))
    differences = found(
        gone, pair(receipt("130.00", ("7", "80.00"), ("8", "50.00")), payment("50.00", ("91", "50.00")))
    )

    assert ("amount", D(-80), "unexplained") in brief(differences)


@pytest.mark.parametrize(
    ("day", "cause"), [(date(2025, 12, 31), "before_start"), (date(2026, 1, 1), "unexplained"), (None, "unexplained")]
)
def test_money_of_before_the_start_date_that_pays_nothing_stays(day: date | None, cause: str) -> None:
    assert brief(found(pair(receipt("69.09", date=day)))) == [("missing", D("-69.09"), cause)]


def test_what_is_not_applied_to_a_document_that_is_gone_has_its_cause() -> None:
    gone = pair(sale(lost=(Lost("quickbooks", "oncord"),)))
    differences = found(gone, pair(receipt("110.00", ("7", "110.00")), payment()))

    assert brief(differences) == [("missing", D(-110), "kept_by_rule"), ("applied", D(-110), "kept_by_rule")]


def test_what_is_applied_to_a_document_whose_deletion_waits_waits_with_it() -> None:
    stays = pair(None, invoice(counterpart_held=Held(True, "change", "The sale was deleted, but its invoice stays.")))
    differences = found(stays, pair(receipt(), payment("110.00", ("90", "110.00"))))

    assert brief(differences) == [("missing", D(110), "parked"), ("applied", D(110), "parked")]
    assert {d.why for d in differences} == {"The sale was deleted, but its invoice stays."}


def test_nothing_of_nothing_is_no_difference() -> None:
    assert found(pair(receipt("0"))) == []
    assert found(pair(None, payment("0"))) == []


def test_documents_that_lost_each_other_are_named_and_not_once_more_for_what_pays_them() -> None:
    lost = replace(TIES, documents={})
    groups = (
        pair(sale()),
        pair(None, invoice()),
        pair(receipt("110.00", ("7", "110.00")), payment("110.00", ("90", "110.00"))),
    )

    assert brief(found(*groups, ties=lost)) == [
        ("missing", D(-110), "unexplained"),
        ("missing", D(110), "unexplained"),
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_what_several_payments_leave_over_is_theirs_who_have_it_left(first: int) -> None:
    ours = receipt("110.00", ("8", "60.00"))
    legs = payment("60.00", ("91", "60.00"), contact_id="52"), payment("50.00", record_id="96")

    assert found(pair(ours, legs[first], legs[1 - first])) == []


def test_what_a_payment_leaves_over_with_somebody_whose_document_it_pays_stays_there() -> None:
    ours = receipt("110.00", ("8", "50.00"))
    legs = payment("70.00", ("91", "50.00"), contact_id="52"), payment("40.00", record_id="96")
    differences = found(pair(ours, *legs))

    assert brief(differences) == [("contact", D(0), "kept_by_rule")]
    assert differences[0].moves == {Cell("owed", "oncord:1", "AUD"): D(20), Cell("owed", "oncord:2", "AUD"): D(-20)}


def test_what_is_applied_to_nothing_in_quickbooks_alone_is_theirs_whose_payment_it_is() -> None:
    ours = receipt("110.00", ("8", "50.00"), ("7", "60.00"))
    differences = found(SEVEN, pair(ours, payment("110.00", ("91", "50.00"), contact_id="52")))

    assert brief(differences) == [("applied", D(-60), "unexplained"), ("contact", D(0), "kept_by_rule")]


def test_what_a_payment_leaves_over_with_somebody_else_is_named() -> None:
    ours = receipt("110.00", ("7", "50.00"))
    legs = payment("70.00", ("90", "50.00")), payment("40.00", record_id="96", contact_id="52")
    differences = found(pair(ours, *legs))

    assert brief(differences) == [("contact", D(0), "unexplained")]
    assert differences[0].moves == {Cell("owed", "oncord:1", "AUD"): D(40), Cell("owed", "oncord:2", "AUD"): D(-40)}
    assert (differences[0].oncord, differences[0].quickbooks) == ("oncord:1", "oncord:2, oncord:1")


def test_a_payment_whose_document_does_not_count_any_more_stays_with_its_customer() -> None:
    void = pair(sale("8", contact_id="2"), invoice("91", contact_id="52", void=True))
    ours = receipt("110.00", ("7", "60.00"), ("8", "50.00"))
    legs = payment("60.00", ("90", "60.00")), payment("50.00", record_id="96", contact_id="52")
    differences = found(SEVEN, void, pair(ours, *legs))

    assert brief(differences)[1:] == [("applied", D(-50), "void"), ("contact", D(0), "void")]


@pytest.mark.parametrize("state", ["counts", "somebody else's"])
def test_a_payment_that_never_paid_its_customers_document_is_named(state: str) -> None:
    void = pair(sale("8", contact_id="2"), invoice("91", contact_id="52", void=state != "counts"))
    ours = receipt("110.00", ("7", "60.00"), *([("8", "50.00")] if state == "counts" else []))
    legs = payment("60.00", ("90", "60.00")), payment("50.00", record_id="96", contact_id="52")
    differences = found(SEVEN, void, pair(ours, *legs))

    assert ("contact", D(0), "unexplained") in brief(differences)


@pytest.mark.parametrize(("share_of", "cause"), [("52", "kept_by_rule"), ("53", "unexplained"), ("", "unexplained")])
def test_a_payment_that_somebody_took_off_its_document_stays_with_the_customer_whose_share_it_was(
    share_of: str, cause: str
) -> None:
    ours = receipt("110.00", ("7", "60.00"))
    legs = payment("60.00", ("90", "60.00")), payment("50.00", record_id="96", contact_id="52", share_of=share_of)

    assert brief(found(SEVEN, pair(ours, *legs))) == [("contact", D(0), cause)]


@pytest.mark.parametrize(
    ("changed", "cause"), [(True, "kept_by_rule"), (False, "unexplained")], ids=["by somebody", "by nobody"]
)
def test_one_of_several_payments_that_was_moved_and_taken_off_its_document_stays_where_the_books_have_it(
    changed: bool, cause: str
) -> None:
    ours = receipt("110.00", ("7", "60.00"))
    legs = payment("60.00", ("90", "60.00")), payment("50.00", record_id="96", contact_id="52", changed_there=changed)

    assert brief(found(SEVEN, pair(ours, *legs))) == [("contact", D(0), cause)]


def test_the_only_payment_of_a_receipt_that_was_moved_is_an_edit_that_has_to_go_over() -> None:
    moved = payment("110.00", record_id="96", contact_id="52", changed_there=True)

    assert brief(found(SEVEN, pair(receipt("110.00"), moved))) == [("contact", D(0), "unexplained")]
