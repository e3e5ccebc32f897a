"""All of a connection in one archive: every table, both forms, no secret, nobody else's rows, and never much of it at once."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app import export as command
from app.services import export
from app.storage.database import EVERY_CONNECTION
from app.storage.life import exporting
from app.storage.life.holdings import HOLDINGS
from app.storage.tables import metadata
from tests.api.test_document_changes_api import a_deleted_invoice
from tests.support.app import Service
from tests.support.people import SOMEBODY


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def lines(files: dict[str, str], table: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[f"{table}.jsonl"].splitlines()]


async def exported(service: Service, connection_id: str) -> dict[str, str]:
    answer = await service.api.get(f"/api/v1/connections/{connection_id}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    return opened(answer.content)


def test_a_new_table_of_a_connection_is_exported_or_has_its_reason() -> None:
    tables = {table.table for table in exporting.exported()}

    for name, table in metadata.tables.items():
        of_a_connection = "connection_id" in table.columns or name == "connection"
        assert name in tables or HOLDINGS[name].why_not, name
        assert not of_a_connection or HOLDINGS[name].by, name


async def test_every_table_is_there_in_both_forms_with_a_description(service: Service) -> None:
    connection_id = await a_deleted_invoice(service)
    files = await exported(service, connection_id)

    told = json.loads(files["description.json"])
    assert {*files} == {"description.json"} | {f"{t}.{form}" for t in told["tables"] for form in ("jsonl", "csv")}
    assert {*told["tables"]} | {*told["not_exported"]} == {*metadata.tables}
    for table, of in told["tables"].items():
        rows = lines(files, table)
        table_of = list(csv.reader(io.StringIO(files[f"{table}.csv"])))
        assert (len(rows), len(table_of)) == (of["rows"], of["rows"] + 1)
        assert table_of[0] == of["columns"]
        assert all(list(row) == of["columns"] for row in rows)
    [change] = lines(files, "document_change")
    assert (change["number"], change["amount_before"], change["date_before"]) == ("1041", "44", "2026-11-20")
    assert [act["action"] for act in lines(files, "audit")][-1] == "connection.exported"


async def test_no_secret_is_in_it_in_any_form(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    made = await service.api.post(
        f"/api/v1/connections/{connection_id}/keys", json={"name": "Nightly", "scopes": ["read"]}
    )
    key = made.json()["key"]
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        secrets: set[str] = {key}
        for table, holding in HOLDINGS.items():
            for column in holding.secrets:
                found = await tx.execute(f'SELECT "{column}"::text AS secret FROM "{table}"')  # type: ignore[arg-type]  # noqa: S608
                secrets |= {row["secret"] for row in await found.fetchall() if len(row["secret"] or "") > 8}
    assert len(secrets) > 5

    whole = "\n".join((await exported(service, connection_id)).values())
    assert not [secret for secret in secrets if secret.strip('[]"') in whole]
    assert "Nightly" in whole


async def test_nobody_elses_rows_are_in_it(service: Service) -> None:
    first = await a_deleted_invoice(service)
    other = service.shop.add_site(with_sample=False)
    url = service.api_url.replace("/demo/", f"/{other.id}/")
    second = (await service.connect_site(oncord_api_url=url, oncord_token=other.token))["id"]

    files = await exported(service, second)
    assert first not in "\n".join(files.values())
    assert lines(files, "document_change") == []
    [known] = lines(files, "connection")
    assert known["id"] == second


async def test_what_a_spreadsheet_would_run_is_text(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute("UPDATE connection SET name = '=1+1' WHERE id = %s", (connection_id,))
    files = await exported(service, connection_id)

    [known] = list(csv.DictReader(io.StringIO(files["connection.csv"])))
    assert known["name"] == "'=1+1"
    assert lines(files, "connection")[0]["name"] == "=1+1"


async def test_however_much_there_is_only_a_piece_is_held(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO event (sender, event_key, connection_id, received_at, detail) SELECT 'oncord', n::text, %s, now(),"
            " jsonb_build_object('words', (SELECT string_agg(md5(n::text || m::text), '') FROM generate_series(1, 30) m))"
            " FROM generate_series(1, 6001) n",
            (connection_id,),
        )
    pieces = [piece async for piece in await export.begin(service.container, connection_id, who=SOMEBODY)]

    assert sum(map(len, pieces)) > 20 * export.PIECE
    assert max(map(len, pieces)) < 4 * export.PIECE
    found = lines(opened(b"".join(pieces)), "event")
    assert [row["event_key"] for row in found] == [str(n) for n in range(1, 6002)]


async def test_the_command_writes_the_same_and_overwrites_nothing(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import asyncio

    connection_id = await a_deleted_invoice(service)
    file = tmp_path / "all.zip"

    assert await asyncio.to_thread(command.main, [connection_id, str(file)], service.settings) == 0
    assert lines(opened(file.read_bytes()), "document_change")[0]["number"] == "1041"
    assert await asyncio.to_thread(command.main, [connection_id, str(file)], service.settings) == 1
    assert await asyncio.to_thread(command.main, ["con_of_nobody", str(tmp_path / "no.zip")], service.settings) == 1
    assert "is there already" in capsys.readouterr().err
    assert not (tmp_path / "no.zip").exists()
