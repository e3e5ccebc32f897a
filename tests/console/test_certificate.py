"""A certificate of a tie-out as people get it: a page that prints, a table for a spreadsheet, and a file that proves itself."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import VERSION
from app.domain.model.records import Contact, Kind, Line, Money, Name, Sale, Side, Snapshot
from app.storage.records import mirrors
from app.tieout.__main__ import main
from app.tieout.certificate import sealed
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


async def lone_sale(service: Service) -> str:
    """A connection whose shop holds one sale of Ada Byron that the books have not got."""
    connection_id, _ = await service.ready_connection()
    money = Money(
        "AUD", (Line(total=Decimal("44.00"), description="Tea pot"),), True, Decimal("4.00"), Decimal("44.00")
    )
    sale = Sale("17", money, number="=1041", date=date(2026, 11, 22))
    ada = Contact(name=Name(first="Ada", last="Byron"))
    async with service.container.database.transaction(connection_id) as tx:
        seen = [
            Snapshot(Side.ONCORD, Kind.CONTACT, "17", "1", ada, modified_at=NOW),
            Snapshot(Side.ONCORD, Kind.SALE, "1", "1", sale, modified_at=NOW),
        ]
        await mirrors.save(tx, connection_id, seen, service.container.clock.now())
    return connection_id


async def test_the_page_names_the_document_the_money_and_the_proof(service: Service) -> None:
    connection_id = await lone_sale(service)
    await sign_in(service)
    csrf = csrf_in(await service.browser.get(f"/connections/{connection_id}"))

    answer = await service.browser.post(f"/connections/{connection_id}/tie-outs", data={"csrf": csrf})
    page = await service.browser.get(answer.headers["location"])

    words = shown(page)
    assert page.status_code == 200
    assert "=1041" in words
    assert "$44.00" in words
    assert "Ada Byron" in words
    assert "Proof: " in words
    connection = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "=1041" in connection, "and the connection's page names it too"


async def test_of_what_was_never_compared_no_month_is_told(service: Service) -> None:
    connection_id = await lone_sale(service)
    month = f"/api/v1/connections/{connection_id}/month"

    before = (await service.api.get(month)).json()
    nothing = dict.fromkeys(("month", "compared_at", "later_at", "tie_out_id", "light_since", "ledger_tie_out_id"))
    assert before == {**nothing, "ledger_beyond": 0, "rows": []}
    taken = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()
    after = (await service.api.get(month)).json()
    assert (after["month"], after["tie_out_id"]) == ("2026-11", taken["id"])
    [sales] = after["rows"]
    assert (sales["oncord"], sales["quickbooks"], sales["difference"]) == ("44.00", "0.00", "-44.00")
    assert sales["stands"] in ("differs", "unexplained")
    assert sales["differences"] == 1


async def test_the_page_says_what_it_covers_who_signed_it_and_what_the_ledger_holds(service: Service) -> None:
    connection_id = await lone_sale(service)
    await sign_in(service)
    csrf = csrf_in(await service.browser.get(f"/connections/{connection_id}"))
    path = f"/connections/{connection_id}/tie-outs"

    without = (await service.browser.post(path, data={"csrf": csrf})).headers["location"]
    looked = (await service.browser.post(path, data={"csrf": csrf, "ledger": "1"})).headers["location"]
    first, second = shown(await service.browser.get(without)), shown(await service.browser.get(looked))

    assert "It is no audit" in first
    assert "Not signed: this installation has no key." in first
    assert "the ledger was not checked yet" in first
    assert "This certificate is superseded by a later one" in first
    assert "This certificate is superseded" not in second
    assert "Owed by customers on the last day" in second
    assert "$44.00" in second
    connection = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "reports were compared with the documents on" in connection


async def test_the_api_looks_at_the_ledger_where_it_is_asked_to(service: Service) -> None:
    connection_id = await lone_sale(service)
    before = (await service.state(connection_id))["agreement"]["ledger_checked_at"]
    answer = await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs", params={"ledger": "true"})
    table = (await service.api.get(answer.json()["certificate"], params={"format": "csv"})).text

    rows = list(csv.DictReader(io.StringIO(table)))
    assert before is None
    assert (await service.state(connection_id))["agreement"]["ledger_checked_at"]
    assert {"period", "party", "roll-forward", "ledger", "issued as", "signature"} <= {row["part"] for row in rows}
    assert [row["quickbooks"] for row in rows if row["what"] == "receivables"] == ["0.00"]


async def test_the_table_has_a_line_for_each_difference_and_no_formula(service: Service) -> None:
    connection_id = await lone_sale(service)
    taken = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()

    by_word = await service.api.get(taken["certificate"], params={"format": "csv"})
    by_header = await service.api.get(taken["certificate"], headers={"accept": "text/csv"})

    assert by_word.text == by_header.text
    assert by_word.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(by_word.text)))
    [difference] = [row for row in rows if row["part"] == "difference"]
    assert (difference["number"], difference["who"], difference["currency"]) == ("'=1041", "Ada Byron", "AUD")
    assert Decimal(difference["oncord"]) == 44
    assert rows[-1]["why"] == taken["hash"]


async def test_the_file_proves_itself_and_a_changed_one_does_not(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection_id = await lone_sale(service)
    taken = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()
    text = (await service.api.get(taken["certificate"])).text
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(text)
    bad.write_text(text.replace("44.00", "45.00"))

    assert main(["verify", str(good)]) == 0
    assert main(["verify", str(bad)]) == 1
    assert capsys.readouterr().out


async def test_sealed_months_stand_in_the_file_in_the_table_and_on_the_page_with_what_has_moved(
    service: Service,
) -> None:
    connection_id = await lone_sale(service)
    sealing = await service.api.post(f"/api/v1/connections/{connection_id}/sealed-months", json={"month": "2026-10"})
    kept = sealing.json()
    taken = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()

    [month] = (await service.api.get(taken["certificate"])).json()["sealed"]
    assert {name: month[name] for name in ("month", "documents", "moved", "hash")} == {
        "month": "2026-10", "documents": 0, "moved": 0, "hash": kept["hash"],
    }  # fmt: skip
    table = (await service.api.get(taken["certificate"], params={"format": "csv"})).text
    [row] = [row for row in csv.DictReader(io.StringIO(table)) if row["part"] == "sealed month"]
    assert (row["number"], row["who"]) == ("2026-10", kept["sealed_by"])
    assert row["why"] == f"0 documents and payments, 0 named differences, 0 moved since, proof {kept['hash']}"
    await sign_in(service)
    words = shown(await service.browser.get(f"/connections/{connection_id}/tie-outs/{taken['id']}"))
    assert f"October 2026, sealed 0 documents and payments, none moved since; proof {kept['hash']}" in words


async def test_the_table_says_as_of_when_both_sides_were_compared_and_by_which_versions(service: Service) -> None:
    connection_id = await lone_sale(service)
    taken = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()
    proof = (await service.api.get(taken["certificate"])).json()
    table = (await service.api.get(taken["certificate"], params={"format": "csv"})).text
    rows = list(csv.DictReader(io.StringIO(table)))

    assert {row["what"]: row["date"] for row in rows if row["part"] == "as of"} == proof["as_of"]
    versions = {row["what"]: row["number"] for row in rows if row["part"] == "version"}
    assert versions == {"product": VERSION, "configuration": str(proof["configuration_version"])}
    assert (proof["product_version"], proof["configuration_version"]) == (VERSION, 1)
    await sign_in(service)
    page = shown(await service.browser.get(f"/connections/{connection_id}/tie-outs/{taken['id']}"))
    assert f"Version, configuration {VERSION}, 1" in page


@pytest.mark.parametrize("member", ["as_of", "product_version", "configuration_version", "sealed", "taken_at"])
async def test_whatever_is_changed_in_the_file_or_taken_out_of_it_is_found(
    service: Service, tmp_path: Path, member: str, capsys: pytest.CaptureFixture[str]
) -> None:
    connection_id = await lone_sale(service)
    await service.api.post(f"/api/v1/connections/{connection_id}/sealed-months", json={"month": "2026-10"})
    taken = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()
    proof = (await service.api.get(taken["certificate"])).json()
    file = tmp_path / "certificate.json"

    def verified(certificate: dict[str, Any]) -> int:
        file.write_text(json.dumps(certificate))
        return main(["verify", str(file)])

    assert verified(proof) == 0
    assert "Sealed: 2026-10, 0 documents and payments, 0 moved since" in capsys.readouterr().out
    other = {
        "as_of": dict.fromkeys(proof["as_of"], "2026-11-22T02:00:00+00:00"),
        "sealed": [{**proof["sealed"][0], "moved": 3}],
    }
    assert verified({**proof, member: other.get(member, "2")}) == 1
    assert "The hash does not fit" in capsys.readouterr().out
    without = {name: value for name, value in proof.items() if name not in (member, "hash", "differences")}
    assert verified(sealed(without, proof["differences"])) == 1
    assert f"It does not say its {member.replace('_', ' ')}." in capsys.readouterr().out
