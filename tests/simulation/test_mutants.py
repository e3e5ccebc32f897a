"""The patches that take a mend out again still fit the product; `python -m tests.simulation.mutants` lives with them."""

import ast

import pytest

from tests.simulation.mutants import Mutant, mutants
from tests.simulation.mutants.hunting import hunt

NUMBERS = ("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "f26", "f28")


def test_every_number_has_its_mutant() -> None:
    assert [m.name.partition("_")[0] for m in mutants()] == sorted(NUMBERS)


@pytest.mark.parametrize("mutant", mutants(), ids=lambda m: m.name)
def test_a_mutant_still_applies(mutant: Mutant) -> None:
    for path, content in mutant.files().items():
        ast.parse(content, path)


@pytest.mark.slow
def test_a_life_finds_the_mutant_that_is_found_soonest() -> None:
    [half] = [m for m in mutants() if m.name.startswith("a3")]
    assert hunt(half, half.seed, 1, half.deeds) is not None
