"""Every list as CSV: all of it, a page at a time, in columns that stay, and nothing in it is a formula."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from app.api.lists import as_csv
from app.console.view import STATIC
from app.services import tie_outs
from app.services.archives import cell
from app.services.period_report import file_name
from app.services.printable import page_of
from app.storage.paging import MAX_LIMIT
from tests.api.test_document_changes_api import a_deleted_invoice
from tests.console.pages import sign_in
from tests.console.test_certificate import lone_sale
from tests.support.app import Service

ROOT = STATIC.parents[2]
DOCUMENTED = ROOT / "docs" / "csv.md"


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def lists_of(service: Service) -> dict[str, dict[str, Any]]:
    """The operations that answer a list, by their path."""
    document = service.app.openapi()
    found = {}
    for path, methods in document["paths"].items():
        schema = (
            methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json", {})
        )
        name = schema.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if path.endswith("/configuration/choices"):  # A page's worth of choices, of which items for lines are one part.
            continue
        if (
            document["components"]["schemas"].get(name, {}).get("properties", {}).get("items", {}).get("type")
            == "array"
        ):
            found[path] = methods["get"]
    return found


async def test_every_list_is_to_be_had_as_csv_in_the_columns_that_are_documented(service: Service) -> None:
    documented = dict(re.findall(r"^\| `(/api/[^`]+)` \| ([^|]+) \|$", DOCUMENTED.read_text(), re.MULTILINE))
    lists = lists_of(service)
    assert len(lists) > 15

    for path, operation in lists.items():
        content = operation["responses"]["200"]["content"]
        assert "text/csv" in content, f"{path} is no CSV: decorate it with also_as_csv"
        columns = content["text/csv"]["example"].strip().split(",")
        assert documented.get(path, "").replace("`", "").split(" ") == columns, f"{path} in docs/csv.md"
    assert documented.keys() == lists.keys()


async def test_a_list_of_several_pages_is_one_file(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO audit (connection_id, at, who, role, address, action, outcome, detail)"
            " SELECT %s, now(), 'Jane', '', '', 'tested.' || n, 'done', '{}' FROM generate_series(1, 450) n",
            (connection_id,),
        )

    listed = rows_of(await service.api.get(f"/api/v1/connections/{connection_id}/audit?format=csv"))

    assert len({row["id"] for row in listed}) == len(listed) > 450
    assert [row["action"] for row in listed][:2] == ["tested.450", "tested.449"]


class Number(BaseModel):
    n: int


class Numbers(BaseModel):
    items: list[Number]
    next_cursor: str | None


async def test_no_more_than_a_page_is_held_however_long_the_list_is() -> None:
    asked: list[str | None] = []

    async def endless(cursor: str | None) -> Numbers:
        asked.append(cursor)
        return Numbers(items=[Number(n=len(asked))] * MAX_LIMIT, next_cursor=str(len(asked)))

    answer = await as_csv("numbers", Numbers, endless)
    pieces = aiter(answer.body_iterator)
    assert await anext(pieces) == b"\xef\xbb\xbfn\r\n"
    for page in (1, 2, 3):
        assert await anext(pieces) == f"{page}\r\n".encode() * MAX_LIMIT
        assert len(asked) == page


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+61 2 9999 0000", "'+61 2 9999 0000"),
        ("  =1+1", "'  =1+1"),
        ("\t=1+1", "'\t'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("-1+1", "'-1+1"),
        ("-44.00", "-44.00"),
        ("44.00", "44.00"),
        ("Ada = Byron", "Ada = Byron"),
        (None, ""),
        ({"a": "="}, '{"a":"="}'),
        (";=1+1", ";'=1+1"),
        ("Ada;=1+1;Byron", "Ada;'=1+1;Byron"),
        ("Ada\t@SUM(A1)", "Ada\t'@SUM(A1)"),
        ("Ada\r\n=1+1", "Ada\r\n'=1+1"),
        ('Ada; "=1+1"', 'Ada;\' "=1+1"'),
        ('"=1+1', "'\"=1+1"),
        ("=1;=2", "'=1;'=2"),
        ({"a": ";=1+1;"}, '{"a":";\'=1+1;"}'),
        ("Ada; Byron; -5; a=b", "Ada; Byron; -5; a=b"),
    ],
)
def test_a_cell_is_no_formula_and_a_number_stays_one(value: Any, written: str) -> None:
    assert cell(value) == written


async def test_what_people_typed_is_no_formula_in_a_list(service: Service) -> None:
    await service.connect_site(name='=HYPERLINK("https://evil.example")')

    (row,) = rows_of(await service.api.get("/api/v1/connections?format=csv"))

    assert row["name"] == '\'=HYPERLINK("https://evil.example")'
    assert (row["agreement.light"], row["last_sync.id"]) == ("unknown", "")


@pytest.mark.parametrize(("path", "status"), [("con_0/attention?format=csv", 404), ("con_0/syncs?format=xls", 422)])
async def test_what_cannot_be_listed_is_refused_and_no_file(service: Service, path: str, status: int) -> None:
    answer = await service.api.get(f"/api/v1/connections/{path}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_lists_of_the_pages_lead_to_their_files(service: Service) -> None:
    connection_id = await a_deleted_invoice(service)
    await sign_in(service)
    one = f"/connections/{connection_id}"
    run = (await service.state(connection_id))["last_sync"]["id"]

    found: set[str] = set()
    for page in ("/", one, f"{one}/runs/{run}?all=1", f"{one}/document-changes", f"{one}/records?q=ada"):
        answer = await service.browser.get(page)
        assert answer.status_code == 200, page
        found |= {link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+\.csv[^"]*)"', answer.text)}
    for link in found:
        rows_of(await service.browser.get(link))

    assert {Path(link.partition("?")[0]).name for link in found} >= {
        "connections.csv",
        "runs.csv",
        "events.csv",
        "audit.csv",
        "decisions.csv",
        "document-changes.csv",
    }


async def test_the_report_of_a_period_has_what_a_bas_agent_needs(service: Service) -> None:
    connection_id = await lone_sale(service)
    made = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()

    answer = await service.api.get(f"{made['certificate']}/report")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    told = files["read-me.txt"]
    assert {name for name in files if name != "read-me.txt"} == set(
        re.findall(r"^(\S+\.(?:csv|json|html)) ", told, re.MULTILINE)
    )
    tables = {name: list(csv.DictReader(io.StringIO(text))) for name, text in files.items() if name.endswith(".csv")}
    summary = {row["item"]: row["value"] for row in tables["summary.csv"]}
    assert summary["proof"] == made["hash"]
    assert summary["both sides"] == made["light"] == "unexplained"
    assert (summary["unexplained, AUD"], summary["sealed"]) == ("44.00", "not with this certificate")
    named = answer.headers["content-disposition"]
    assert re.search(r'filename="[a-z0-9-]+-20\d\d-\d\d-\d\d-to-20\d\d-\d\d-\d\d\.zip"', named), named
    assert {member.date_time[0] for member in zipfile.ZipFile(io.BytesIO(answer.content)).infolist()} == {2026}
    printed = files["certificate.html"]
    assert '<th scope="col">Cause</th>' in printed
    assert "Ada Byron" in printed
    assert "http" not in printed.partition("<body>")[0], "it needs nothing from anywhere else"
    (difference,) = tables["differences.csv"]
    assert (difference["number"], difference["who"], difference["amount"]) == ("'=1041", "Ada Byron", "-44.00")
    lines = [row["line"] for row in tables["receivables.csv"]]
    assert lines == [
        "opening",
        "sales",
        "credits",
        "receipts",
        "refunds",
        "written off",
        "settled otherwise",
        "closing",
        "later",
    ]
    sales = next(row for row in tables["receivables.csv"] if row["line"] == "sales")
    assert (sales["currency"], sales["oncord"], sales["quickbooks"]) == ("AUD", "44.00", "0.00")


async def test_the_report_is_a_file_on_the_page_of_the_certificate(service: Service) -> None:
    connection_id = await lone_sale(service)
    made = (await service.api.post(f"/api/v1/connections/{connection_id}/tie-outs")).json()
    await sign_in(service)

    page = await service.browser.get(f"/connections/{connection_id}/tie-outs/{made['id']}")
    link = re.search(r'href="([^"]+/report\.zip)"', page.text)

    assert link
    assert (await service.browser.get(link[1])).content.startswith(b"PK")


async def test_a_certificate_of_before_periods_has_no_report(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    async def early(*_: object) -> dict[str, str]:
        return {"id": "tie_1"}

    monkeypatch.setattr(tie_outs, "read_certificate", early)

    answer = await service.api.get("/api/v1/connections/con_1/tie-outs/tie_1/report")

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "no-period")


def test_a_file_is_called_after_the_shop_and_its_month() -> None:
    october = {"first": "2026-10-01", "last": "2026-10-31"}
    named = {"id": "tie_1", "site": "Brisbane Homewares", "connection": "One", "period": october}

    assert file_name(named) == "brisbane-homewares-2026-10"
    assert file_name({**named, "period": {**october, "last": "2026-11-02"}}) == (
        "brisbane-homewares-2026-10-01-to-2026-11-02"
    )
    assert file_name({**named, "site": "", "connection": "Café \u4e2d / #2"}) == "cafe-2-2026-10"
    assert file_name({**named, "site": "\u4e2d"}) == "shop-2026-10"
    assert file_name({"id": "tie_1"}) == "tie_1"


def test_whatever_stands_in_a_printable_page_is_text() -> None:
    page = page_of("A & B", "<note>", [("Rows", ("some_name",), [("<script>",), (None,)]), ("Nothing", ("a",), [])])

    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert '<th scope="col">Some name</th>' in page
    assert "<p>None.</p>" in page
