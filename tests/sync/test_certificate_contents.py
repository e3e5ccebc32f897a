"""What the certificate of a shop says: parties, period, receivables, tax codes, accounts, numbers, and the one before it."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from app.tieout.__main__ import main
from app.tieout.certificate import check
from app.tieout.signature import public_key
from tests.support.joint import CERTIFICATE_KEY, Joint
from tests.support.stories import run
from tests.sync.test_tie_out import certificate, corrupt

D = Decimal


async def test_it_names_both_parties_the_period_and_what_customers_owe(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "8.00")
    await run(joint)
    proof = await certificate(joint)

    assert check(proof) == []
    assert proof["period"] == {"first": "2026-01-01", "last": "2026-11-20", "zone": "UTC"}
    assert proof["parties"]["quickbooks"]["realm"] != ""
    assert proof["parties"]["oncord"]["address"].startswith("http")
    assert (proof["issued_as"], proof["unexplained"]) == ("agreeing", {"": "0.00"})
    assert "It is no audit" in proof["notice"]
    [roll] = proof["roll_forward"]
    assert roll["oncord"] == roll["quickbooks"]
    assert {name: D(roll["oncord"][name]) for name in ("opening", "sales", "receipts", "closing")} == {
        "opening": D(0),
        "sales": D(22),
        "receipts": D(8),
        "closing": D(14),
    }
    [code] = proof["by_code"]
    assert code["labels"] == ["G1", "1A"]
    assert code["oncord"] == code["quickbooks"] == {"sales": "20.00", "tax": "2.00"}
    [account] = proof["accounts"]
    assert account["quickbooks"] == {"opening": "0.00", "in": "8.00", "out": "0.00", "balance": "8.00"}
    assert {row["side"]: row["count"] for row in proof["numbers"]} == {"oncord": 1, "quickbooks": 1}
    assert proof["not_compared"] == []


async def test_it_is_signed_follows_the_one_before_and_names_what_was_deleted_since(
    joint: Joint, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ada = await joint.contact()
    kept, gone = await joint.sale(ada["id"]), await joint.sale(ada["id"])
    await run(joint)
    first = await certificate(joint)
    await joint.in_shop("DELETE", f"sales/{gone['id']}")
    await joint.in_shop("PATCH", f"sales/{kept['id']}", {"notes": "Fragile"})
    joint.clock.pass_time(60)
    await run(joint)
    taken = await certificate(joint)
    last = await certificate(joint)
    files = [tmp_path / f"{number}.json" for number in range(2)]
    for file, each in zip(files, (taken, last), strict=True):
        file.write_text(json.dumps(each))

    assert last["previous"]["id"] == taken["id"]
    assert main(["verify", *map(str, files), "--key", public_key(CERTIFICATE_KEY)]) == 0
    assert f"Follows {taken['id']}" in capsys.readouterr().out
    assert first["deleted"]["count"] == 0
    assert [each["number"] for each in taken["deleted"]["documents"]] == [gone["number"]]


async def test_it_is_not_issued_as_agreeing_while_a_cent_has_no_explanation(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    await corrupt(
        joint,
        "UPDATE mirror SET record = jsonb_set(record, '{money,total}', '\"22.01\"') WHERE connection_id = %(c)s"
        " AND side = 'quickbooks' AND kind = 'sale'",
    )
    proof = await certificate(joint)

    assert (proof["issued_as"], proof["unexplained"], proof["light"]) == (
        "not agreeing",
        {"AUD": "0.01"},
        "unexplained",
    )
    assert check(proof) == []
    assert check({**proof, "issued_as": "agreeing"}) != []
