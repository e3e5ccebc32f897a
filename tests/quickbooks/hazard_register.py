"""Says which test shows that a hazard of the simulator is survived, and sees to it that the hazard really bit.

A test that is marked `survives("slug")` fails when the hazard never struck (or, for a standing condition, was not on at
the end): a test that forgot to switch it on would otherwise prove nothing.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from app.sandbox.quickbooks.hazards.catalogue import CATALOGUE
from app.sandbox.quickbooks.world import World

STANDING = frozenset(
    {
        "rate_limits", "rotation_overlap", "requestid_forgotten", "books_closed", "read_lag", "tax_half_even",
        "tax_per_line", "tax_override_ignored", "unit_prices_rederived", "overpaid_accepted", "sparse_void_refused",
        "discount_gross", "line_discount_beside", "links_dropped",
    }
)  # fmt: skip
"""Conditions that are only asked whether they are on; the simulator counts no strikes of them."""

SHOWN: dict[str, list[str]] = {}
"""Names of tests by hazard."""

Test = Callable[..., Awaitable[None]]


def survives(*slugs: str) -> Callable[[Test], Test]:
    """Mark a test as the one (or one of those) that shows these hazards survived, or named.

    Where the test is parametrised by `slug`, only that one has to strike in each case.
    """
    for slug in slugs:
        assert slug in CATALOGUE, slug

    def mark(test: Test) -> Test:
        for slug in slugs:
            SHOWN.setdefault(slug, []).append(f"{test.__module__}.{test.__qualname__}")

        @functools.wraps(test)
        async def judged(*args: Any, **given: Any) -> None:
            await test(*args, **given)
            world = _world(given)
            for slug in (given["slug"],) if "slug" in given else slugs:
                switch = world.hazards.switches[slug]
                assert switch.struck or (slug in STANDING and switch.on), f"{slug} never struck"

        return judged

    return mark


def _world(given: dict[str, Any]) -> World:
    """The simulated Intuit of a test: of its company, or of its joined shop and company."""
    found = given["joint"].books if "joint" in given else given["books"].world
    assert isinstance(found, World)
    return found
