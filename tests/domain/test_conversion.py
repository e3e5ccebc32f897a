"""Into the other side's words: names, channels, tax codes, items, and lines that nobody has touched."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.matching.lines import paired_lines
from app.domain.model.configuration import Configuration, ItemPolicy, MappedMethod, mapped_since
from app.domain.model.records import (
    Contact,
    Counterpart,
    Kind,
    Name,
    Receipt,
    Side,
)
from app.domain.model.waiting import UNDECIDED, ConfigurationChoice, OtherRecord, PersonsDecision
from app.domain.planning.conversion import (
    channel_to,
    check_currency,
    contact_to,
    display_name,
)
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.sales.conversion import sale_to
from tests.domain.builders import CONFIGURATION, contact, line, receipt, sale

ONCORD, BOOKS = Side.ONCORD, Side.QUICKBOOKS


def _directory() -> IdMap:
    id_map = IdMap()
    id_map.pair(Kind.CONTACT, "1", "c1")
    return id_map


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (Name(first="Ada", last="Lovelace"), "Ada Lovelace"),
        (Name(first="Ada", last="Lovelace", company="Acme"), "Ada Lovelace"),
        (Name(type="company", company="Acme", first="Ada"), "Acme"),
        (Name(company="Acme: West"), "Acme West"),
        (Name(), "ada@example.com"),
    ],
)
def test_a_display_name_is_what_a_person_would_write(name: Name, shown: str) -> None:
    assert display_name(name, "ada@example.com") == shown


def test_a_display_name_is_pulled_only_where_there_are_no_parts() -> None:
    pulled = contact_to(ONCORD, Contact(name=Name(display="Acme Pty Ltd")))
    kept = contact_to(ONCORD, contact("Ada", "King", name=Name(first="Ada", last="King", display="Countess")))

    assert (pulled.name.type, pulled.name.company) == ("company", "Acme Pty Ltd")
    assert kept.name.display == "Ada King"


def test_r1_r2_and_r7_choose_the_channel() -> None:
    assert channel_to(BOOKS, receipt(channel="card"), CONFIGURATION) == "bank"
    assert channel_to(ONCORD, receipt(channel="bank"), CONFIGURATION) == "paypal"
    assert channel_to(ONCORD, receipt(channel="bank"), CONFIGURATION, "card") == "card"
    assert channel_to(BOOKS, receipt(amount="0", channel="card"), CONFIGURATION) == ""
    assert channel_to(ONCORD, receipt(amount="0", channel=""), CONFIGURATION) == "paypal"
    for side, channel in ((BOOKS, "cheque"), (ONCORD, "till")):
        with pytest.raises(Obstacle) as obstacle:
            channel_to(side, receipt(channel=channel), CONFIGURATION)
        expected = UNDECIDED if side is BOOKS else ConfigurationChoice(f"deposit account {channel}")
        assert obstacle.value.waits_for == expected


def test_r1_a_method_that_nobody_decided_about_leads_to_the_clearing_account_where_one_is_chosen() -> None:
    chosen = replace(CONFIGURATION, unmapped_methods_account="sundry")
    several = replace(chosen, multi_currency=True)

    assert channel_to(BOOKS, receipt(channel="cheque"), chosen) == "sundry"
    assert channel_to(BOOKS, receipt(channel="card"), chosen) == "bank"
    foreign = receipt(channel="card")
    foreign = replace(foreign, payment=replace(foreign.payment, currency="USD"))
    assert channel_to(BOOKS, foreign, several) == "sundry", "it is mapped in another currency only"
    for stays in (receipt(channel="cash"), receipt(channel="")):
        with pytest.raises(Obstacle):
            channel_to(BOOKS, stays, chosen)
    with pytest.raises(Obstacle):
        channel_to(ONCORD, receipt(channel="sundry"), chosen)


def test_only_a_method_that_was_undecided_and_leads_elsewhere_now_takes_its_payments_along() -> None:
    before = replace(CONFIGURATION, unmapped_methods_account="sundry")

    def after(*methods: MappedMethod) -> tuple[str, ...]:
        return tuple(m.id for m in mapped_since(before, replace(before, payment_methods=methods)))

    assert after(*before.payment_methods, MappedMethod("cheque", "bank"), MappedMethod("gift", "sundry")) == ("cheque",)
    assert after(MappedMethod("card", "till"), MappedMethod("cash", "till"), MappedMethod("cheque")) == ()
    assert mapped_since(CONFIGURATION, before) == mapped_since(None, before) == ()


def test_r1_and_r2_choose_the_channel_by_currency_too() -> None:
    methods = (MappedMethod("card", "bank"), MappedMethod("card", "dollars", currency="USD"))
    several = replace(CONFIGURATION, multi_currency=True, payment_methods=methods)

    def of(currency: str, channel: str) -> Receipt:
        given = receipt(channel=channel)
        return replace(given, payment=replace(given.payment, currency=currency))

    assert channel_to(BOOKS, of("AUD", "card"), several) == "bank"
    assert channel_to(BOOKS, of("USD", "card"), several) == "dollars"
    assert channel_to(ONCORD, of("USD", "dollars"), several, "card") == "card"
    for side, given in ((BOOKS, of("EUR", "card")), (ONCORD, of("USD", "bank")), (ONCORD, of("AUD", "dollars"))):
        with pytest.raises(Obstacle) as obstacle:
            channel_to(side, given, several)
        assert isinstance(obstacle.value.waits_for, ConfigurationChoice)
        assert (" in " in obstacle.value.reason) is (given.payment.currency != "AUD")


def test_a_company_of_one_currency_refuses_another_in_clear_words() -> None:
    check_currency("AUD", CONFIGURATION)
    check_currency("USD", replace(CONFIGURATION, multi_currency=True))
    with pytest.raises(Obstacle, match=r"USD.*AUD"):
        check_currency("USD", CONFIGURATION)


def test_codes_and_items_come_from_the_configuration() -> None:
    there = sale_to(
        BOOKS, sale("1", line(), line(code="FREE"), line(code="", words="Gift")), _directory(), CONFIGURATION
    )

    assert there.contact_id == "c1"
    assert [x.tax_code for x in there.money.lines] == ["5", "4", "4"]
    assert {x.item for x in there.money.lines} == {"item"}


def test_an_unmapped_code_a_missing_contact_or_item_say_what_they_wait_for() -> None:
    for wrong, waits_for in (
        (sale("1", line(code="ODD")), ConfigurationChoice("tax code ODD")),
        (sale("2"), OtherRecord(Kind.CONTACT, Side.ONCORD, "2")),
        (sale("1", line(code="", tax=Decimal(1))), PersonsDecision()),
    ):
        with pytest.raises(Obstacle) as obstacle:
            sale_to(BOOKS, wrong, _directory(), CONFIGURATION)
        assert obstacle.value.waits_for == waits_for
    empty = Configuration(CONFIGURATION.start_date, tax_codes=CONFIGURATION.tax_codes, items=ItemPolicy())
    with pytest.raises(Obstacle, match="item"):
        sale_to(BOOKS, sale("1"), _directory(), empty)


def test_a_contact_on_its_way_is_a_promise() -> None:
    id_map = IdMap()
    id_map.plan_create((ONCORD, Kind.CONTACT, "1"))

    assert sale_to(BOOKS, sale("1"), id_map, CONFIGURATION).contact_id == Counterpart(Kind.CONTACT, "1")


def test_a_line_that_nobody_touched_keeps_its_item_and_code_over_there() -> None:
    ours = sale("1", line("10.00", "Cup", id="a"), line("12.00", "Tea", id="b"))
    theirs = sale("c1", line("10.00", "Cup", "6", id="x", item="mugs"), line("12.00", "Tea", "7", id="y", item="teas"))
    edited = replace(
        ours, money=replace(ours.money, lines=(ours.money.lines[0], replace(ours.money.lines[1], total=Decimal(13))))
    )

    there = sale_to(BOOKS, edited, _directory(), CONFIGURATION, base_source=ours, base_target=theirs)

    assert [(x.id, x.item, x.tax_code) for x in there.money.lines] == [("x", "mugs", "6"), ("y", "teas", "7")]


def test_a_changed_code_is_translated_anew_and_a_new_line_has_no_id() -> None:
    ours = sale("1", line("10.00", "Cup", id="a"))
    theirs = sale("c1", line("10.00", "Cup", "6", id="x", item="mugs"))
    edited = sale("1", line("10.00", "Cup", "FREE", id="a"), line("5.00", "New", id="n"))

    there = sale_to(BOOKS, edited, _directory(), CONFIGURATION, base_source=ours, base_target=theirs)

    assert [(x.id, x.item, x.tax_code) for x in there.money.lines] == [("x", "mugs", "4"), ("", "item", "5")]


def test_lines_are_paired_by_sort_and_place_else_by_words_and_amount() -> None:
    cup, tea = line("10.00", "Cup", id="a"), line("12.00", "Tea", id="b")
    post = line("5.00", "Post", id="s", kind="shipping")
    same = paired_lines(
        sale("1", cup, tea, post).money,
        sale("c1", replace(post, id="z"), replace(cup, id="x"), replace(tea, id="y")).money,
    )
    fewer = paired_lines(sale("1", cup, tea).money, sale("c1", replace(tea, id="y")).money)

    assert same == {0: 1, 1: 2, 2: 0}
    assert fewer == {1: 0}
