"""Which QuickBooks tax code a line without a code gets: by its sort, by where it is shipped to, and never by a guess."""

from dataclasses import replace
from typing import Any

import pytest

from app.domain.model.records import Address, Line, Sale, Side
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines, destination_of, sort_of
from app.domain.model.waiting import UNTAXED, PersonsDecision
from app.domain.planning.id_map import Obstacle
from app.domain.sales.conversion import check_codes, sale_to
from app.domain.sales.untaxed import untaxed_code
from tests.domain.builders import CONFIGURATION, line, sale
from tests.domain.test_conversion import _directory

HOME = UntaxedCodes(products="free", free_text="taxed", shipping="out", discounts="off")
ABROAD = UntaxedCodes(products="export", free_text="export", shipping="out", discounts="export")
SAID = replace(CONFIGURATION, untaxed_lines=UntaxedLines(HOME, ABROAD))
NOT_SAID = replace(CONFIGURATION, untaxed_lines=UntaxedLines())


def bare(total: str = "5.00", **members: Any) -> Line:
    return line(total, code="", **members)


SORTS = {
    "products": bare(item="7"),
    "free_text": bare(),
    "shipping": bare(kind="shipping"),
    "discounts": bare("-1.00", kind="discount"),
}


@pytest.mark.parametrize("sort", SORTS)
def test_each_sort_of_line_has_the_code_that_was_said_for_it_here_and_abroad(sort: str) -> None:
    for destination, codes in (("home", HOME), ("abroad", ABROAD)):
        assert untaxed_code(SORTS[sort], destination, SAID) == getattr(codes, sort)  # type: ignore[arg-type]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("destination", ["home", "abroad", None])
def test_what_nobody_has_said_is_one_question_for_all(sort: str, destination: Any) -> None:
    with pytest.raises(Obstacle) as obstacle:
        untaxed_code(SORTS[sort], destination, NOT_SAID)
    assert obstacle.value.waits_for == UNTAXED


def test_what_was_said_for_here_says_nothing_about_abroad() -> None:
    here = replace(CONFIGURATION, untaxed_lines=UntaxedLines(HOME))

    assert untaxed_code(bare(), "home", here) == "taxed"
    with pytest.raises(Obstacle):
        untaxed_code(bare(), "abroad", here)


@pytest.mark.parametrize(
    "nothing",
    [
        bare("0.02", kind="rounding"),
        bare("0", kind="subtotal"),
        bare("0", kind="text"),
        bare("0"),
        bare("0", kind="shipping"),
    ],
)
def test_rounding_mere_words_and_what_comes_to_nothing_ask_nobody(nothing: Line) -> None:
    assert untaxed_code(nothing, "home", NOT_SAID) == ""


def test_in_america_it_is_non_and_a_company_without_tax_has_no_codes() -> None:
    for each in SORTS.values():
        assert untaxed_code(each, "home", replace(NOT_SAID, country="US")) == "NON"
        assert untaxed_code(each, "home", replace(NOT_SAID, charges_tax=False)) == ""


def test_a_country_that_nobody_knows_is_asked_about_only_where_it_makes_a_difference() -> None:
    assert untaxed_code(bare(kind="shipping"), None, SAID) == "out"
    with pytest.raises(Obstacle, match="Correct the country") as obstacle:
        untaxed_code(bare(), None, SAID)
    assert obstacle.value.waits_for == PersonsDecision()


@pytest.mark.parametrize(
    ("shipping", "billing", "expected"),
    [
        (Address(country="NZ"), Address(country="AU"), "abroad"),
        (Address(country="AU"), Address(country="NZ"), "home"),
        (Address(line1="1 St"), Address(country="NZ"), "home"),
        (Address(), Address(country="NZ"), "abroad"),
        (Address(), Address(), "home"),
        (Address(country="Down under"), Address(), None),
    ],
)
def test_a_sale_goes_to_its_shipping_address_or_to_its_billing_address_where_it_has_none(
    shipping: Address, billing: Address, expected: str | None
) -> None:
    sold: Sale = replace(sale("1"), shipping_address=shipping, billing_address=billing)

    assert destination_of(sold, "AU") == expected


def test_an_item_line_without_a_product_is_free_text() -> None:
    assert (sort_of(bare()), sort_of(bare(item="7")), sort_of(bare(kind="text"))) == (
        "free_text",
        "products",
        "free_text",
    )


def test_a_new_sale_says_so_before_anything_is_made_and_a_linked_line_keeps_what_it_has() -> None:
    ours, theirs = sale("1", bare(id="a")), sale("c1", line("5.00", code="9", id="x", item="mugs"))
    with pytest.raises(Obstacle):
        check_codes(Side.QUICKBOOKS, ours, NOT_SAID)

    dearer = replace(ours, money=replace(ours.money, lines=(bare("6.00", id="a"),)))
    there = sale_to(Side.QUICKBOOKS, dearer, _directory(), NOT_SAID, base_source=ours, base_target=theirs)
    assert [x.tax_code for x in there.money.lines] == ["9"]

    coded = replace(ours, money=replace(ours.money, lines=(line("5.00", code="GST", id="a"),)))
    with pytest.raises(Obstacle):
        sale_to(Side.QUICKBOOKS, ours, _directory(), NOT_SAID, base_source=coded, base_target=theirs)


def test_a_line_that_came_to_nothing_gets_its_code_once_it_comes_to_something() -> None:
    ours, theirs = sale("1", bare("0", id="a")), sale("c1", line("0", code="out", id="x", item="mugs"))
    priced = replace(ours, money=replace(ours.money, lines=(bare("6.00", id="a"),)))

    there = sale_to(Side.QUICKBOOKS, priced, _directory(), SAID, base_source=ours, base_target=theirs)

    assert [x.tax_code for x in there.money.lines] == ["taxed"]
