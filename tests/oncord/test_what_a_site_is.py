"""What a site says of itself: believed as far as it makes sense, and bounded, since it stands in its connection from then on."""

import pytest

from app.errors import Blocked
from app.oncord.answers import MOST_FEATURES, facts_in

SITE = {
    "id": "demo",
    "name": "Shop",
    "country": "AU",
    "currency": "AUD",
    "time_zone": "Australia/Sydney",
    "features": {"commerce": True, "marketing": True, "forums": False},
}


@pytest.mark.parametrize(
    ("country", "currency", "zone"),
    [("AU", "AUD", "Australia/Sydney"), ("US", "USD", "America/Los_Angeles"), ("AUS", "AUD", "UTC")],
)
def test_an_ordinary_site_is_what_it_says(country: str, currency: str, zone: str) -> None:
    facts = facts_in({**SITE, "country": country, "currency": currency, "time_zone": zone})

    assert (facts.country, facts.currency, facts.time_zone) == (country, currency, zone)
    assert facts.features == {"commerce", "marketing"}


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("time_zone", "Australia"),
        ("time_zone", "A" * 300),
        ("time_zone", "zone.tab"),
        ("time_zone", ["Australia/Sydney"]),
        ("country", "A"),
        ("country", "AUST"),
        ("country", "A" * 3_900_000),
        ("country", "A\u00dc"),
        ("country", "61"),
        ("currency", "AU"),
        ("currency", "AUDD"),
        ("currency", "A$D"),
        ("currency", 36),
    ],
)
def test_what_is_none_of_its_kind_is_as_if_it_was_not_said(member: str, said: object) -> None:
    facts = facts_in({**SITE, member: said})

    assert getattr(facts, member) == ""
    assert facts.name == "Shop"


@pytest.mark.parametrize(
    "features",
    [
        [f"feature {number}" for number in range(MOST_FEATURES + 1)],
        {f"feature {number}": True for number in range(MOST_FEATURES + 1)},
        ["commerce", "marketing", "m" * 3_900_000],
    ],
)
def test_more_features_than_a_site_can_have_are_refused(features: object) -> None:
    with pytest.raises(Blocked) as refused:
        facts_in({**SITE, "features": features})
    assert refused.value.code == "unreadable-site"


def test_features_are_texts_that_can_be_kept() -> None:
    features = [f"feature {number}" for number in range(MOST_FEATURES - 2)]
    facts = facts_in({**SITE, "features": [*features, "commerce", "mark\0eting", ""], "prices_include_tax": True})

    assert facts.features == {*features, "commerce", "marketing", "prices_include_tax"}
