"""The labels of a BAS that a tax code leads to."""

import pytest

from app.tieout.labels import labels_of


@pytest.mark.parametrize(
    ("name", "rate", "labels"),
    [
        ("GST", "10", ["G1", "1A"]),
        ("", "10", ["G1", "1A"]),
        ("GST-free", "0", ["G1", "G3"]),
        ("GST-free exports", "0", ["G1", "G2"]),
        ("Input taxed", "0", ["G1", "G4"]),
        ("Out of Scope", "0", []),
        ("", "0", ["?"]),
        ("", "", ["?"]),
    ],
)
def test_a_code_leads_to_its_labels_by_its_name_and_else_by_its_rate(name: str, rate: str, labels: list[str]) -> None:
    assert labels_of("5", rate, "AU", name) == labels


def test_there_are_none_of_no_code_and_none_outside_australia() -> None:
    assert labels_of("", "", "AU") == []
    assert labels_of("TAX", "", "US") == []
    assert labels_of("20S", "20", "GB", "20.0% S") == []
