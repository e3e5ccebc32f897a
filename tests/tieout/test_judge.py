"""What holds for every world: the causes' amounts add up, nothing is named that agrees, and what was planted is named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.tieout.facts import Applied, Entry, Group, Held, Lost, TaxedLine, Ties
from app.tieout.figures import less, total
from app.tieout.people import parties
from tests.tieout.facts import SETTINGS, D, brief, found, invoice, judged, pair, payment, receipt, sale

UNHURRIED = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
CENTS = st.integers(0, 999_99).map(lambda cents: D(cents) / 100)
DAYS = st.dates(date(2025, 11, 1), date(2026, 12, 31))
TIES = Ties(
    {str(90 + i): str(7 + i) for i in range(10)},
    {(side, str(first + i)): f"oncord:{i}" for side, first in (("oncord", 0), ("quickbooks", 50)) for i in range(5)},
    {f"oncord:{7 + i}": f"oncord:{i % 4}" for i in range(9)},
)
LOST = st.lists(
    st.builds(
        Lost,
        st.sampled_from(["oncord", "quickbooks"]),
        st.sampled_from(["oncord", "quickbooks", "both"]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=2,
).map(tuple)
HELD = st.sampled_from([None, None, Held(), Held(True, "change", "refused"), Held(True, "configuration:x", "unmapped")])


@st.composite
def documents(draw: Callable[..., object], side: str) -> Entry:
    lines = draw(
        st.lists(st.builds(TaxedLine, st.sampled_from(["GST", "10", "5", "FREE", ""]), CENTS, CENTS), max_size=3)
    )
    assert isinstance(lines, list)
    tax = sum((line.tax for line in lines), D(0)) + draw(st.sampled_from([D(0), D(0), D("0.01")]))  # type: ignore[operator]
    made = sale() if side == "oncord" else invoice()
    contact = draw(st.integers(0, 4))
    return replace(
        made,
        lines=tuple(lines),
        tax_total=tax,
        total=sum((line.net for line in lines), D(0)) + tax,
        date=draw(DAYS),
        currency=draw(st.sampled_from(["AUD", "AUD", "USD"])),
        contact_id=str(contact if side == "oncord" else 50 + contact),  # type: ignore[operator]
        void=draw(st.sampled_from([False, False, True])),
        credit=draw(st.booleans()),
        stated_paid=draw(st.none() | CENTS),
        linked_paid=draw(CENTS),
        held=draw(HELD),
        lost=draw(LOST),
    )


@st.composite
def moneys(draw: Callable[..., object], side: str) -> Entry:
    made = receipt() if side == "oncord" else payment()
    first = 7 if side == "oncord" else 90
    parts = draw(st.lists(st.tuples(st.integers(0, 9), CENTS, st.booleans()), max_size=3))
    assert isinstance(parts, list)
    contact = draw(st.integers(0, 4))
    return replace(
        made,
        total=draw(CENTS | CENTS.map(lambda c: -c)),
        applied=tuple(Applied(str(first + i), amount, credit) for i, amount, credit in parts),
        channel=draw(st.sampled_from(["3", "4", "35", "36"])),
        currency=draw(st.sampled_from(["AUD", "AUD", "USD"])),
        contact_id=str(contact if side == "oncord" else 50 + contact),  # type: ignore[operator]
        void=draw(st.sampled_from([False, False, True])),
        held=draw(HELD),
        lost=draw(LOST),
    )


def _groups(kind: Callable[..., st.SearchStrategy[Entry]], most: int) -> st.SearchStrategy[Group]:
    both = st.builds(
        Group, kind("oncord"), st.lists(kind("quickbooks"), min_size=1, max_size=most).map(tuple), st.booleans()
    )
    here = kind("oncord").map(Group)
    there = kind("quickbooks").map(lambda entry: Group(None, (entry,)))
    return both | here | there


WORLDS = st.tuples(st.lists(_groups(documents, 1), max_size=6), st.lists(_groups(moneys, 2), max_size=6))


@UNHURRIED
@given(WORLDS)
def test_the_causes_amounts_add_up_to_the_difference_of_every_figure_in_every_currency(
    world: tuple[list[Group], list[Group]],
) -> None:
    groups = [group for part in world for group in part]
    differences, oncord, quickbooks = judged(groups, SETTINGS, TIES)

    assert total(difference.moves for difference in differences) == less(quickbooks, oncord)
    assert not any(d.kind == "figure" for d in differences)


@UNHURRIED
@given(st.lists(_groups(documents, 1), max_size=4), st.lists(_groups(moneys, 2), max_size=4))
def test_what_is_the_same_on_both_sides_is_never_named(some: list[Group], money: list[Group]) -> None:
    mirrored = [Group(_here(g), (_there(_here(g)),)) for g in (*some, *money) if g.oncord is not None]

    assert [d for d in found(*mirrored, ties=TIES) if d.cause.value != "rounding"] == []


def _here(group: Group) -> Entry:
    """A sale as it could be: with Oncord's codes, and nothing that QuickBooks alone could say."""
    assert group.oncord is not None
    codes = {"10": "GST", "5": "FREE"}
    lines = tuple(replace(line, code=codes.get(line.code, line.code)) for line in group.oncord.lines)
    return replace(group.oncord, lines=lines, stated_paid=None, channel="3")


def _there(ours: Entry) -> Entry:
    ids = {"id": str(int(ours.id) + 83), "contact_id": str(50 + int(ours.contact_id))}
    lines = tuple(replace(line, code=SETTINGS.codes.get(line.code, "")) for line in ours.lines)
    applied = tuple(replace(part, document_id=str(int(part.document_id) + 83)) for part in ours.applied)
    return replace(ours, side="quickbooks", lines=lines, applied=applied, channel="35", **ids)


def test_crossed_links_are_named_at_both_pairs() -> None:
    one, other = sale(), sale("8", net="50", tax="5", number="1042", contact_id="2")
    there = invoice("91"), invoice("90", net="50", tax="5", number="1042", contact_id="52")
    assert found(pair(one, there[0]), pair(other, there[1])) == []

    crossed = found(pair(one, there[1]), pair(other, there[0]))

    assert sorted(brief(crossed)) == sorted(
        [(what, D(0), "unexplained") for what in ("contact", "number") for _ in range(2)]
        + [("total", D(-55), "unexplained"), ("total", D(55), "unexplained")]
    )


def test_what_is_compared_and_not_counted_is_a_difference_without_a_cause() -> None:
    doubled = pair(sale(), invoice(), invoice("99", net="5", tax="0"))
    differences, oncord, quickbooks = judged([doubled], SETTINGS, TIES)

    assert total(difference.moves for difference in differences) == less(quickbooks, oncord)
    assert {d.cause.value for d in differences} == {"unexplained"}


@pytest.mark.parametrize(
    ("person", "party"),
    [
        (("oncord", "1"), "oncord:1"),
        (("quickbooks", "51"), "oncord:1"),
        (("quickbooks", "52"), "oncord:1"),
        (("quickbooks", "53"), "oncord:1"),
        (("quickbooks", "54"), "oncord:4"),
        (("oncord", "9"), "oncord:4"),
        (("quickbooks", "60"), "quickbooks:60"),
        (("quickbooks", "61"), "quickbooks:60"),
    ],
)
def test_who_is_linked_merged_or_a_part_of_somebody_is_one_party(person: tuple[str, str], party: str) -> None:
    known = parties(
        links=[("1", "51"), ("1", "52"), ("4", "54")],
        merges=[(("quickbooks", "53"), ("quickbooks", "52")), (("oncord", "9"), ("oncord", "4"))],
        parents=[("61", "60"), ("54", "51")],
    )

    assert known[person] == party
