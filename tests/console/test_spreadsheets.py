"""Every list of the pages as a spreadsheet: columns that a person reads, in a connection in which everything has happened."""

import csv
import io
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from app.access import TABLE
from app.console.said_of_configuration import OPENINGS
from app.console.what_changed import what_changed
from app.domain.model.opening import OpeningChoice
from tests.console.test_vocabulary import ENGINE_WORDS, OWN_IDS, rich_world
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.watched import watched

FILES = sorted(
    address.removeprefix("GET ") for address in TABLE if address.endswith(".csv") and address.startswith("GET /")
)
MONEY = re.compile(r"\b(amount|total|tax|open)\b")
NO_MONEY = {"open in QuickBooks"}
"""A sentence about documents, with their amounts and currencies."""
STRUCTURE = re.compile(r"[{}\[\]]|\bNone\b|\bnull\b|[a-z]_[a-z]")


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_every_spreadsheet_is_made_of_names_and_money_and_of_no_ids(joint: Joint) -> None:
    await rich_world(joint)
    faults, filled = [], set()
    async with watched(joint) as seen:
        made = (await seen.api.post(f"/api/v1/connections/{joint.connection_id}/tie-outs")).json()
        known = {"{connection_id}": joint.connection_id, "{run_id}": joint.last_run, "{tie_out_id}": made["id"]}
        for file in FILES:
            address = re.sub(r"\{\w+\}", lambda found: known[found[0]], file)
            answer = await seen.browser.get(address)
            if file.endswith("/matches.csv"):
                assert answer.status_code in (200, 404, 409)
                continue
            rows = rows_of(answer)
            filled |= {file for _ in rows}
            headings = answer.content.decode("utf-8-sig").splitlines()[0].split(",")
            assert not re.search(r"\bid\b", headings[0]), f"{file} begins with an id"
            assert not any("_" in heading or "." in heading for heading in headings), f"{file}: {headings}"
            for place, heading in enumerate(headings):
                if MONEY.search(heading) and heading not in NO_MONEY and "UTC" not in heading:
                    assert any("currency" in before for before in headings[:place]), (
                        f"{file}: {heading} has no currency"
                    )
            for row in rows:
                for heading, value in row.items():
                    if value.startswith(("http", "/")):
                        assert heading.startswith(("its ", "address of ")), f"{file}: {heading}"
                        assert value.startswith("http"), f"{file}: {value} leads nowhere from a spreadsheet"
                        continue
                    wrong = [p.pattern for p in (OWN_IDS, STRUCTURE, ENGINE_WORDS) if p.search(value)]
                    faults += [f"{file}: {heading}: {value}" for _ in wrong]

    assert not faults, "\n".join(faults)
    assert {file.rpartition("/")[2] for file in filled} >= {
        "attention.csv",
        "audit.csv",
        "connections.csv",
        "decisions.csv",
        "document-changes.csv",
        "documents.csv",
        "payments.csv",
        "records.csv",
        "runs.csv",
        "tie-outs.csv",
    }


async def test_a_spreadsheet_that_is_asked_for_with_empty_fields_is_whole(joint: Joint) -> None:
    await rich_world(joint)
    async with watched(joint) as seen:
        one = f"/connections/{joint.connection_id}"
        for name, query in (("records", "q="), ("document-changes", "from=&until="), ("attention", "kind=&cause=")):
            whole = rows_of(await seen.browser.get(f"{one}/{name}.csv"))
            assert rows_of(await seen.browser.get(f"{one}/{name}.csv?{query}")) == whole != []

        refused = await seen.browser.get(f"{one}/document-changes.csv?from=yesterday")
        assert refused.status_code == 422
        assert "cannot be used: from" in refused.text
        assert (await seen.browser.get(f"{one}/attention.csv?state=all")).status_code == 422


async def test_a_changed_document_says_what_changed_from_what_to_what(joint: Joint) -> None:
    ada = await joint.contact("Ada", "Byron")
    sale = await joint.sale(ada["id"], number="1041")
    await joint.sync()
    line = {**sale["lines"][0], "quantity": "3"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [line], "notes": "Thanks"})
    await joint.sync()

    async with watched(joint) as seen:
        rows = rows_of(await seen.browser.get(f"/connections/{joint.connection_id}/document-changes.csv"))

    changed, made = rows
    assert (changed["document"], changed["number"], changed["customer"]) == ("Invoice 1041", "1041", "Ada Byron")
    assert (changed["in"], changed["done"], made["done"]) == ("QuickBooks", "changed", "created")
    assert (changed["currency"], changed["total before"], changed["total after"]) == ("AUD", "22.00", "33.00")
    assert "from 22.00 AUD" in changed["what changed"]
    assert "to 33.00 AUD" in changed["what changed"]
    assert "note" in changed["what changed"]
    assert made["what changed"] == ""
    assert changed["its synchronisation"].startswith("http")


def test_what_changed_names_fields_and_never_an_id() -> None:
    before = {"contact_id": "17", "date": "2026-11-01", "channel": "4", "books_status": "linked", "notes": ""}
    after = {
        "contact_id": "18",
        "date": "2026-11-02",
        "channel": "5",
        "books_status": "",
        "notes": "x",
        "due_date": "2026-12-01",
    }

    assert list(what_changed(before, after)) == [
        "it belongs to somebody else now",
        "date from 1 Nov 2026 to 2 Nov 2026",
        "its payment method or account",
        "notes from nothing to x",
        "due date from nothing to 1 Dec 2026",
    ]
    assert (
        list(what_changed(None, after)) == list(what_changed(before, None)) == list(what_changed(before, before)) == []
    )


def test_every_choice_about_an_opening_receivable_has_words() -> None:
    assert set(OPENINGS) == set(OpeningChoice.__args__)
