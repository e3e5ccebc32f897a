"""A certificate of a tie-out as people get it: a page that prints, a table for a spreadsheet, and a file that proves itself."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.model.records import Contact, Kind, Line, Money, Name, Sale, Side, Snapshot
from app.storage.records import mirrors
from app.tieout.__main__ import main
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
        await mirrors.save(tx, connection_id, seen, NOW)
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
    assert "44.00 AUD" in words
    assert "Ada Byron" in words
    assert "Proof: " in words
    connection = shown(await service.browser.get(f"/connections/{connection_id}"))
    assert "=1041" in connection, "and the connection's page names it too"


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
