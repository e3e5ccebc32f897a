"""What the storm makes of a certificate: agreement is counted, and whatever nobody expects fails it."""

import pytest

from app.tieout.certificate import FORMAT, TOLD, issued_as, sealed, unexplained_amounts
from tests.chaos.tied_out import TiedOut, _faults

AGREES = {"light": "agrees", "differences": 0, "unexplained": 0}


def _certificate(light: str, *lines: dict[str, object]) -> dict[str, object]:
    unexplained = sum(line["cause"] == "unexplained" for line in lines)
    issued = {"issued_as": issued_as(len(lines), unexplained), "unexplained": unexplained_amounts(lines)}
    told = {**dict.fromkeys(TOLD), "format": FORMAT, "figures": [], "roll_forward": [], "signed_by": "", **issued}
    return sealed({**told, "light": light}, list(lines))


NOTHING_DIFFERS = _certificate("agrees")


def _line(cause: str) -> dict[str, object]:
    told = {"kind": "sale", "number": "1", "what": "total", "oncord": "2.00", "quickbooks": "2.01", "why": ""}
    return {**told, "amount": "0.01", "currency": "AUD", "cause": cause, "moves": []}


def test_a_connection_that_agrees_as_its_light_says_passes() -> None:
    assert list(_faults(AGREES, NOTHING_DIFFERS)) == []


@pytest.mark.parametrize("cause", ["unexplained", "kept_by_rule", "waiting"])
def test_a_difference_fails_the_storm_whatever_its_cause(cause: str) -> None:
    light = "unexplained" if cause == "unexplained" else "differs"
    left = {"light": light, "differences": 1, "unexplained": int(cause == "unexplained")}

    assert list(_faults(left, _certificate(light, _line(cause)))) == [f"{cause}: sale 1 total 2.00 / 2.01: 0.01 AUD"]


def test_a_light_that_is_not_what_a_comparison_finds_fails_the_storm() -> None:
    left = {"light": "unknown", "differences": 0, "unexplained": 0}

    assert list(_faults(left, NOTHING_DIFFERS)) == [
        "the light is ('unknown', 0, 0), and a tie-out says ('agrees', 0, 0)"
    ]


def test_a_certificate_that_was_changed_fails_the_storm() -> None:
    assert "its certificate does not come out: The hash does not fit" in " ".join(
        _faults(AGREES, {**NOTHING_DIFFERS, "hash": ""})
    )


def test_the_report_counts_connections_by_light_and_differences_by_cause() -> None:
    found = TiedOut()
    found.lights.update(agrees=8, differs=1, unexplained=1)
    found.causes.update(void=2, unexplained=1)

    assert found.summary == "8 agree, 1 differ (unexplained 1, void 2), 1 unexplained"
