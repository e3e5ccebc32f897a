"""Names and reasons of a certificate stand under its hash by a digest: they can be proved, emptied, and not exchanged."""

from typing import Any

import pytest

from app.tieout.certificate import check, sealed
from app.tieout.texts import bound, is_true_to
from tests.tieout.test_signature import certificate

Plain = dict[str, Any]
LINE: Plain = {
    "kind": "sale", "what": "missing", "number": "1041", "who": "Ada Byron", "date": "2026-10-01", "oncord_id": "7",
    "quickbooks_id": "", "currency": "AUD", "oncord": "44.00", "quickbooks": "nothing", "amount": "-44.00",
    "cause": "waiting", "why": "It waits for Ada.", "moves": [],
}  # fmt: skip
MOVED: Plain = LINE | {"what": "contact", "oncord": "Ada Byron", "quickbooks": "Zoe Bell", "amount": "0.00"}


def issued(*lines: Plain) -> Plain:
    rest = {name: value for name, value in certificate("tie_1", light="differs", issued_as="agreeing but for what is named").items() if name not in ("differences", "hash", "signature")}  # fmt: skip
    whole = sealed({**rest, "signed_by": ""}, [bound(line, "salt" * 8) for line in lines])
    return {**whole, "signature": ""}


def emptied(line: Plain) -> Plain:
    nothing = {"who": "", "why": "", "salt": ""} | (
        {"oncord": "", "quickbooks": ""} if line["what"] == "contact" else {}
    )
    return {**line, **nothing}


def test_what_was_issued_comes_out_and_so_does_what_was_emptied() -> None:
    whole = issued(LINE, MOVED)
    assert check(whole) == []

    erased = {**whole, "differences": [emptied(line) for line in whole["differences"]]}
    assert check(erased) == []
    assert "Ada" not in str(erased)
    assert erased["hash"] == whole["hash"]


@pytest.mark.parametrize(
    "change",
    [
        {"who": "Zoe Bell"},
        {"why": "Nothing."},
        {"who": ""},
        {"salt": ""},
        {"salt": "0" * 32},
        {"amount": "-45.00"},
        {"oncord": "45.00"},
        {"texts": "0" * 64},
    ],
)
def test_nothing_is_exchanged(change: Plain) -> None:
    whole = issued(LINE)

    assert check({**whole, "differences": [whole["differences"][0] | change]})


def test_the_same_name_has_another_digest_each_time() -> None:
    one, other = bound(LINE, "a" * 32), bound(LINE, "b" * 32)

    assert one["texts"] != other["texts"]
    assert is_true_to(one)
    assert not is_true_to(one | {"salt": other["salt"]})


def test_taking_the_digest_away_breaks_the_hash() -> None:
    whole = issued(LINE)
    line = {name: value for name, value in whole["differences"][0].items() if name not in ("texts", "salt")}

    assert check({**whole, "differences": [line]}) != []
