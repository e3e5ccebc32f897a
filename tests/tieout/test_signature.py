"""Signed certificates, and the chain that they make."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from app.tieout.__main__ import main
from app.tieout.certificate import FORMAT, NOTICE, sealed
from app.tieout.signature import is_signed, public_key, sign

KEY, OTHER = (base64.b64encode(bytes([number] * 32)).decode() for number in (1, 2))
Plain = dict[str, Any]


def certificate(name: str, previous: Plain | None = None, *, key: str = KEY, **members: Any) -> Plain:
    rest = {
        "format": FORMAT,
        "id": name,
        "notice": NOTICE,
        "taken_at": "2026-11-22T02:04:12+00:00",
        "as_of": {},
        "product_version": "1",
        "configuration_version": 1,
        "sealed": [],
        "light": "agrees",
        "issued_as": "agreeing",
        "unexplained": {"": "0.00"},
        "figures": [],
        "roll_forward": [],
        "signed_by": public_key(key),
        "previous": previous and {"id": previous["id"], "hash": previous["hash"]},
    }
    whole = sealed({**rest, **members}, [])
    return {**whole, "signature": sign(key, whole["hash"])}


def verified(folder: Path, *certificates: Plain, key: str = "") -> int:
    files = []
    for number, each in enumerate(certificates):
        files.append(folder / f"{number}.json")
        files[-1].write_text(json.dumps(each))
    return main(["verify", *map(str, files), *(["--key", key] if key else [])])


def test_whoever_has_the_public_key_can_verify_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = certificate("tie_1")

    assert verified(tmp_path, one) == 0
    assert f"Signed (Ed25519) by the key {public_key(KEY)}" in capsys.readouterr().out
    assert verified(tmp_path, one, key=public_key(KEY)) == 0
    assert verified(tmp_path, one, key=public_key(OTHER)) == 1


def test_what_was_changed_and_hashed_anew_is_not_what_was_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = certificate("tie_1")
    forged = {**certificate("tie_1", configuration_version=2), "signature": one["signature"]}

    assert verified(tmp_path, forged) == 1
    assert "The signature is not that of the key which it names." in capsys.readouterr().out
    assert verified(tmp_path, {name: value for name, value in one.items() if name != "signature"}) == 1


def test_without_a_key_it_says_so_and_no_key_is_fulfilled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = certificate("tie_1", key="")

    assert verified(tmp_path, bare) == 0
    assert "Not signed" in capsys.readouterr().out
    assert verified(tmp_path, bare, key=public_key(KEY)) == 1


def test_certificates_follow_each_other_and_none_can_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = certificate("tie_1")
    second = certificate("tie_2", first)
    third = certificate("tie_3", second)

    assert verified(tmp_path, first, second, third) == 0
    assert verified(tmp_path, first, third) == 1
    assert "tie_3 does not follow tie_1" in capsys.readouterr().out
    assert verified(tmp_path, second, first) == 1


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("issued_as", "agreeing but for what is named"),
        ("unexplained", {"AUD": "1.00"}),
        (
            "roll_forward",
            [
                {
                    "currency": "AUD",
                    **{
                        side: {
                            "opening": "1.00",
                            "sales": "0.00",
                            "credits": "0.00",
                            "receipts": "0.00",
                            "refunds": "0.00",
                            "settled_otherwise": "0.00",
                            "closing": "1.00",
                            "later": "0.00",
                        }
                        for side in ("oncord", "quickbooks")
                    },
                }
            ],
        ),
    ],
)
def test_what_does_not_follow_from_its_figures_is_no_proof(tmp_path: Path, member: str, value: Any) -> None:
    assert verified(tmp_path, certificate("tie_1", **{member: value})) == 1


def test_the_public_half_is_told_of_what_comes_on_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given = tmp_path / "key"
    given.write_text(f"{KEY}\n")
    with given.open() as source:
        monkeypatch.setattr("sys.stdin", source)
        assert main(["public-key"]) == 0

    assert capsys.readouterr().out.strip() == public_key(KEY)


def test_a_signature_is_of_one_hash_and_one_key() -> None:
    signature = sign(KEY, "abc")

    assert is_signed(public_key(KEY), "abc", signature)
    assert not is_signed(public_key(KEY), "abd", signature)
    assert not is_signed(public_key(OTHER), "abc", signature)
    assert not is_signed("no key", "abc", signature)
    assert not is_signed(public_key(KEY), "abc", "no signature")
