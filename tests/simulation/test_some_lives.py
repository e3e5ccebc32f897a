"""A sample of lives, one in each kind of world; `make simulate` lives more of them."""

import ast
from pathlib import Path

import pytest

from tests.simulation import (
    again,
    as_chosen,
    cancelled,
    guarded,
    held,
    kept,
    looking,
    scheduled,
    settled,
    verdict,
    watch,
)
from tests.simulation.lives import live
from tests.simulation.worlds import WORLDS, world_of
from tests.support.services import DatabaseUrls

ORACLE = (again, as_chosen, cancelled, guarded, held, kept, looking, scheduled, settled, verdict, watch)
PLANNER = ("app.domain", "app.sync", "app.services", "app.oncord", "app.quickbooks")
SAMPLE = (1001, 1002, 1007, 1019)
ACCOUNTED = (600_003,)
"""Lives of sixty deeds in which an accountant is about."""
CHOSEN = (700_028,)
"""Lives in which whose a card is was chosen by field, unmapped methods pay into a clearing account, and vouchers are redeemed by a
payment."""
NOT_THE_PRODUCTS = {
    5010: (60, "somebody calls two documents one that are a cent apart, is told of the cent, and leaves it"),
    5028: (60, "a payment method loses its account when receipts and payments of it are already one"),
    100023: (66, "a contact that was merged away is brought back, and its documents stay with the other one"),
    100041: (
        120,
        "a customer is merged into one of the same sale typed twice, a cent apart: neither contact nor total agree",
    ),
    100095: (114, "an invoice whose lines were typed anew in the books is deleted there and made anew for its sale"),
    100099: (74, "access is gone in the middle of a run, and nobody can start the next one before it is given again"),
    100220: (110, "somebody is told that two documents are for different people, and calls them one all the same"),
}
"""Lives in which the oracle once found fault with what the rules allow, and what happens in them, after how many deeds."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", SAMPLE)
async def test_a_life_ends_in_agreement(own_database: DatabaseUrls, seed: int) -> None:
    end = await live(own_database.app, seed, 40)

    assert end.verdict.violations == []
    assert end.verdict.counts["agreed"] > 3


@pytest.mark.slow
@pytest.mark.parametrize("seed", ACCOUNTED)
async def test_a_life_of_locked_periods_and_reconciled_money_ends_in_agreement(
    own_database: DatabaseUrls, seed: int
) -> None:
    end = await live(own_database.app, seed, 60)

    assert end.verdict.violations == []
    assert end.verdict.counts["agreed"] > 3
    assert any("seals" in told or "lodged until" in told for told in end.told)


@pytest.mark.slow
@pytest.mark.parametrize("seed", CHOSEN)
async def test_a_life_in_which_much_was_chosen_otherwise_ends_as_it_was_chosen(
    own_database: DatabaseUrls, seed: int
) -> None:
    end = await live(own_database.app, seed, 60)

    assert end.verdict.violations == []
    assert end.verdict.counts["cards"] > 0
    assert end.verdict.counts["accounts"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", NOT_THE_PRODUCTS)
async def test_what_the_rules_allow_is_no_violation(own_database: DatabaseUrls, seed: int) -> None:
    deeds, _ = NOT_THE_PRODUCTS[seed]
    end = await live(own_database.app, seed, deeds)

    assert end.verdict.violations == []


def test_the_sample_lives_in_every_kind_of_world() -> None:
    assert {world_of(seed) for seed in SAMPLE} == set(WORLDS)


@pytest.mark.parametrize("module", ORACLE, ids=lambda m: m.__name__.rpartition(".")[2])
def test_the_oracle_borrows_nothing_from_the_planner(module: object) -> None:
    tree = ast.parse(Path(str(module.__file__)).read_text())  # type: ignore[attr-defined]
    imported = [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    imported += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]

    assert [name for name in imported if name.startswith(PLANNER)] == []
