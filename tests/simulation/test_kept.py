"""What the oracle of typed values calls lost, and what was replaced by somebody who saw it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulation import kept
from tests.simulation.life import Typed, before_tax
from tests.simulation.looking import Body, World


def _world(typed: list[Typed], *, ours: str, theirs: str, merged: dict[str, str], stubs: dict[str, str]) -> World:
    """Contact 1 is customer 2; customers and contacts were merged away into others."""
    rows = {i: SimpleNamespace(id=i, facts={"merged_into": into}) for i, into in merged.items()}
    company = SimpleNamespace(table=lambda _: SimpleNamespace(rows=rows))
    life: Any = SimpleNamespace(
        typed=typed,
        lost=[],
        runs=[],
        joint=SimpleNamespace(realm="r", books=SimpleNamespace(companies={"r": company})),
    )
    link: Body = {"id": 7, "kind": "contact", "oncord_id": "1", "quickbooks_id": "2", "part": "", "state": "live"}
    shop: dict[str, dict[str, Body]] = {"contact": {"1": {"id": "1", "mobile": ours}}, "sale": {}, "receipt": {}}
    customer: Body = {"Id": "2", "Active": True, "Mobile": {"FreeFormNumber": theirs}}
    books: dict[str, dict[str, Body]] = {"contact": {"2": customer}, "sale": {}, "receipt": {}}
    gone: dict[str, dict[str, Body]] = {"contact": {i: {"merged_into_id": x} for i, x in stubs.items()}}
    return World(life, shop, books, [{**link, "origin": "oncord"}], [], [], set(), gone, {}, set())


def _typed(tick: int, side: str, record_id: str, value: str, seen: str) -> Typed:
    return Typed(tick, side, "contact", record_id, "mobile", value, (seen,))


@pytest.mark.parametrize(
    ("typed", "merged", "stubs"),
    [
        ([_typed(1, "oncord", "1", "0744", ""), _typed(2, "quickbooks", "8", "0430", "0744")], {"8": "2"}, {}),
        (
            [_typed(1, "oncord", "1", "0744", ""), _typed(2, "quickbooks", "9", "0430", "0744")],
            {"9": "8", "8": "2"},
            {},
        ),
        ([_typed(1, "quickbooks", "2", "0744", ""), _typed(2, "oncord", "5", "0430", "0744")], {}, {"5": "1"}),
    ],
    ids=["customer merged", "customers merged in a row", "contact merged"],
)
def test_what_was_typed_over_before_a_merge_was_seen(
    typed: list[Typed], merged: dict[str, str], stubs: dict[str, str]
) -> None:
    world = _world(typed, ours="0430", theirs="0430", merged=merged, stubs=stubs)

    assert kept.judge(world) == []


def test_a_value_that_nobody_saw_is_lost_also_after_a_merge() -> None:
    typed = [_typed(1, "oncord", "1", "0744", ""), _typed(2, "quickbooks", "8", "0430", "")]
    world = _world(typed, ours="0430", theirs="0430", merged={"8": "2"}, stubs={})

    assert ["lost its mobile '0744'" in told for told in kept.judge(world)] == [True]


def test_what_was_typed_into_another_customer_has_seen_nothing_of_this_one() -> None:
    typed = [_typed(1, "oncord", "1", "0744", ""), _typed(2, "quickbooks", "8", "0430", "0744")]
    world = _world(typed, ours="0430", theirs="0430", merged={}, stubs={})

    assert len(kept.judge(world)) == 1


def _sold(typed: list[Typed], lost: list[tuple[str, str, str, str]]) -> World:
    """Sale 7 is invoice 26 now, of 157.97 on both sides; people removed what it was before."""
    world = _world(typed, ours="", theirs="", merged={}, stubs={})
    world.life.lost = lost
    world.links = [
        {
            "id": 8,
            "kind": "sale",
            "oncord_id": "7",
            "quickbooks_id": "26",
            "part": "",
            "state": "live",
            "origin": "oncord",
        }
    ]
    world.shop["sale"] = {"7": {"id": "7", "total": "157.97"}}
    world.books["sale"] = {"26": {"Id": "26", "TotalAmt": 157.97}}
    return world


def _priced(tick: int, side: str, record_id: str, value: str, seen: str) -> Typed:
    return Typed(tick, side, "sale", record_id, "total", value, (seen,))


def test_s6_what_was_typed_over_in_an_invoice_that_was_deleted_and_made_anew_was_seen() -> None:
    typed = [_priced(55, "oncord", "7", "730.72", "365.36"), _priced(57, "quickbooks", "11", "157.97", "730.72")]

    assert kept.judge(_sold(typed, [("invoice", "11", "sale", "7")])) == []


@pytest.mark.parametrize(
    ("typed", "lost"),
    [
        ([_priced(57, "quickbooks", "11", "157.97", "365.36")], [("invoice", "11", "sale", "7")]),
        ([_priced(57, "quickbooks", "11", "157.97", "730.72")], [("invoice", "11", "sale", "8")]),
        ([_priced(57, "quickbooks", "11", "157.97", "730.72")], []),
        ([], [("invoice", "11", "sale", "7")]),
    ],
    ids=["typed over another figure", "another sale's invoice", "nobody removed it", "nobody typed there"],
)
def test_a_total_that_nobody_saw_is_lost_also_when_the_invoice_was_made_anew(
    typed: list[Typed], lost: list[tuple[str, str, str, str]]
) -> None:
    world = _sold([_priced(55, "oncord", "7", "730.72", "365.36"), *typed], lost)

    assert ["lost its total '730.72'" in told for told in kept.judge(world)] == [True]


def _inherited(typed: list[Typed], *, linked: str = "2", deleted: bool = True) -> list[str]:
    """Contact 1 is customer 2 since a merge; contact 4, which was customer `linked`, is deleted."""
    world = _world(typed, ours="0430", theirs="0430", merged={}, stubs={})
    world.links.append(
        {"id": 6, "kind": "contact", "oncord_id": "4", "quickbooks_id": linked, "part": "", "state": "tombstone"}
    )
    world.stubs["contact"] = {"4": {"id": "4", "deleted": True}} if deleted else {}
    return kept.judge(world)


def test_c3_what_was_typed_over_in_a_contact_that_was_deleted_was_seen() -> None:
    typed = [_typed(72, "quickbooks", "2", "0744", ""), _typed(89, "oncord", "4", "0430", "0744")]

    assert _inherited(typed) == []


@pytest.mark.parametrize(
    ("seen", "linked", "deleted"), [("0111", "2", True), ("0744", "3", True), ("0744", "2", False)]
)
def test_a_value_that_nobody_saw_is_lost_also_where_a_contact_was_deleted(
    seen: str, linked: str, deleted: bool
) -> None:
    typed = [_typed(72, "quickbooks", "2", "0744", ""), _typed(89, "oncord", "4", "0430", seen)]

    assert ["lost its mobile '0744'" in told for told in _inherited(typed, linked=linked, deleted=deleted)] == [True]


def _paid_twice_over(typed: list[Typed], *, further: str = "18", state: str = "live") -> list[str]:
    """Receipt 3 is payment 17, and payment `further` of another customer's; both sides say Q133 now."""
    world = _world(typed, ours="", theirs="", merged={}, stubs={})
    link: Body = {"kind": "receipt", "oncord_id": "3", "state": "live", "origin": "oncord"}
    world.links = [
        {**link, "id": 8, "quickbooks_id": "17", "part": ""},
        {**link, "id": 9, "quickbooks_id": further, "part": "2", "state": state},
    ]
    world.shop["receipt"] = {"3": {"id": "3", "reference": "Q133"}}
    world.books["receipt"] = {"17": {"Id": "17", "PaymentRefNum": "Q133"}}
    return kept.judge(world)


def _referred(tick: int, side: str, record_id: str, value: str, seen: str) -> Typed:
    return Typed(tick, side, "receipt", record_id, "reference", value, (seen,))


def test_r7_what_was_typed_over_on_another_payment_of_the_same_receipt_was_seen() -> None:
    typed = [_referred(100, "oncord", "3", "R100", ""), _referred(133, "quickbooks", "18", "Q133", "R100")]

    assert _paid_twice_over(typed) == []


@pytest.mark.parametrize(
    ("seen", "further", "state"), [("", "18", "live"), ("R100", "19", "live"), ("R100", "18", "tombstone")]
)
def test_a_reference_that_nobody_saw_is_lost_also_where_a_receipt_is_several_payments(
    seen: str, further: str, state: str
) -> None:
    typed = [_referred(100, "oncord", "3", "R100", ""), _referred(133, "quickbooks", "18", "Q133", seen)]

    told = _paid_twice_over(typed, further=further, state=state)

    assert ["lost its reference 'R100'" in line for line in told] == [True]


MET = datetime(2026, 11, 20, 6, tzinfo=UTC)


def _due(typed_at: datetime, *, origin: str = "both") -> list[str]:
    """The due date of a sale that the bookkeeper's later one has replaced without having seen it."""
    ours = Typed(72, "oncord", "sale", "7", "due_date", "2026-12-28", ("2026-12-04",), typed_at)
    theirs = Typed(143, "quickbooks", "sale", "26", "due_date", "2026-12-27", ("2026-12-13",), MET + timedelta(hours=1))
    world = _sold([ours, theirs], [])
    world.links[0] |= {"origin": origin, "created_at": MET}
    world.shop["sale"] = {"7": {"id": "7", "due_date": "2026-12-27"}}
    world.books["sale"] = {"26": {"Id": "26", "DueDate": "2026-12-27"}}
    return list(kept.judge(world))


def test_s1_the_terms_of_a_document_that_was_there_twice_are_each_sides_own_until_the_two_meet() -> None:
    assert _due(MET - timedelta(hours=1)) == []
    assert len(_due(MET + timedelta(minutes=1))) == 1
    assert len(_due(MET - timedelta(hours=1), origin="oncord")) == 1


def test_what_stands_in_an_american_invoice_before_its_tax_was_seen_by_who_typed_over_it() -> None:
    assert before_tax({"TotalAmt": 2432.31, "TxnTaxDetail": {"TotalTax": 180.17}}) == "2252.14"
    assert before_tax({"TotalAmt": 392.16}) == "392.16"


RUN = MET + timedelta(minutes=30)


def _terms(*values: tuple[str, float, str, str], runs: int = 0) -> list[str]:
    """The due dates of a sale that was due on the 6th: side, minute, value and what stood there; `runs` after half an hour."""
    typed = [
        Typed(
            34, side, "sale", "7" if side == "oncord" else "26", "due_date", value, (seen,), MET + timedelta(minutes=at)
        )
        for side, at, value, seen in values
    ]
    world = _sold(typed, [])
    world.life.runs = [RUN, RUN + timedelta(minutes=1)] * runs
    world.shop["sale"] = {"7": {"id": "7", "due_date": "01"}}
    world.books["sale"] = {"26": {"Id": "26", "DueDate": "01"}}
    return list(kept.judge(world))


def test_i4_what_is_typed_and_taken_back_before_a_run_comes_by_is_as_if_nobody_had_typed() -> None:
    """Seed 600071 of `make simulate`."""
    there = ("quickbooks", 1, "18", "06"), ("quickbooks", 20, "06", "18")
    here = ("oncord", 2, "23", "06"), ("oncord", 21, "01", "23")

    assert _terms(*there, *here) == []


@pytest.mark.parametrize(
    ("typed", "runs", "lost"),
    [
        ([("quickbooks", 1, "18", "06"), ("quickbooks", 40, "06", "18")], 1, "06"),
        ([("quickbooks", 1, "18", "06"), ("quickbooks", 20, "09", "18")], 0, "09"),
        ([("quickbooks", 1, "06", "05"), ("quickbooks", 2, "18", "06"), ("quickbooks", 20, "06", "18")], 0, "06"),
        ([("quickbooks", 1, "18", "06"), ("quickbooks", 20, "06", "18"), ("quickbooks", 25, "20", "06")], 0, "20"),
        ([("quickbooks", 1, "18", "06"), ("quickbooks", 30.5, "06", "18")], 1, "06"),
    ],
    ids=["a run between", "another value", "nobody had agreed on it", "typed anew after that", "typed during a run"],
)
def test_i4_what_a_run_may_have_seen_or_what_was_not_there_before_is_lost_all_the_same(
    typed: list[tuple[str, float, str, str]], runs: int, lost: str
) -> None:
    told = _terms(*typed, ("oncord", 22, "01", "23"), runs=runs)

    assert [f"lost its due_date '{lost}'" in line for line in told] == [True]


def test_i4_a_total_that_reads_as_before_may_stand_over_other_lines() -> None:
    there = [_priced(34, "quickbooks", "26", "90.00", "80.00"), _priced(35, "quickbooks", "26", "80.00", "90.00")]
    world = _sold([replace(one, at=MET) for one in there], [])

    assert ["lost its total '80.00'" in line for line in kept.judge(world)] == [True]
