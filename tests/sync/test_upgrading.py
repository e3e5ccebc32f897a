"""`alembic upgrade head` with data of all kinds and a run under way: the service goes on where it was, and nothing is lost.

The database is taken back to an earlier revision with everything in it, and brought up again as production does it. Each
new migration is covered as it comes: the first revision that can be upgraded from, and the one before the newest.
"""

import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from app.domain.model.configuration import MappedMethod
from app.quickbooks.client import QuickBooksSide
from app.sandbox.local.migrations import PROJECT
from app.storage.database import conninfo
from tests.support.joint import Joint
from tests.support.services import DatabaseUrls
from tests.support.stories import asked, customer, invoice, payment, remove, run
from tests.sync.test_configuration_moves import also

Body = dict[str, Any]
FIRST = "0002"
KEPT = (
    "SELECT (SELECT count(*) FROM event) AS events, (SELECT count(*) FROM token) AS tokens, (SELECT count(*) FROM run) AS runs,"
    " (SELECT count(*) FROM mirror) AS mirrors, (SELECT count(*) FROM operation) AS operations"
)


def _one_before_head() -> str:
    scripts = ScriptDirectory.from_config(Config(str(PROJECT / "alembic.ini")))
    newest = scripts.get_revision(scripts.get_current_head() or "")
    assert newest is not None
    assert isinstance(newest.down_revision, str)
    return newest.down_revision


class Died(Exception):
    """The process is gone."""


def alembic(urls: DatabaseUrls, *words: str) -> None:
    surroundings = {**os.environ, "DATABASE_URL": urls.app, "MIGRATION_DATABASE_URL": urls.owner}
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *words],
        cwd=PROJECT,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def rows(urls: DatabaseUrls, query: str) -> list[dict[str, Any]]:
    with psycopg.connect(conninfo(urls.admin), row_factory=psycopg.rows.dict_row, autocommit=True) as admin:
        return admin.execute(query).fetchall()  # type: ignore[arg-type]


async def a_life(joint: Joint) -> Body:
    """Pairs of each origin with their money, a tombstone, a receipt that somebody left out, and questions."""
    undecided = await joint.method("paypal")
    await joint.configure(payment_methods=await also(joint, MappedMethod(undecided, left_out=True)))
    ada = await joint.contact()
    sale = await joint.sale(ada["id"])
    await joint.receipt(sale, "5.00")
    await joint.receipt(sale, "3.00", payment_method_id=undecided)
    kay = await customer(joint, "Kay")
    there = await invoice(joint, kay["Id"])
    await payment(joint, kay["Id"], "5.00", {there["Id"]: "5.00"})
    gone = await invoice(joint, kay["Id"])
    await run(joint)
    await remove(joint, "invoice", gone["Id"])
    await joint.receipt(sale, "2.00", payment_method_id=await joint.method("cheque"))
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"phone": "0400 111 111"})
    await run(joint)
    return {"contact": ada, "sale": sale, "undecided": undecided}


async def a_run_that_dies(joint: Joint, contact_id: str, monkeypatch: pytest.MonkeyPatch) -> list[Body]:
    """New sales and an edit: the process dies with one batch sent, whose answer nobody heard, and changes that wait."""
    new = [await joint.sale(contact_id) for _ in range(2)]
    send = QuickBooksSide.send

    async def dies(self: QuickBooksSide, batch: Any) -> Any:
        await send(self, batch)
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(QuickBooksSide, "send", dies)
        with pytest.raises(Died):
            await joint.sync()
    await joint.touched("oncord", "contact", contact_id)
    return new


def as_it_was_stored_then(urls: DatabaseUrls) -> None:
    """What the code of then wrote in other words: no choices in the configuration, and no matters in what waits."""
    rows(
        urls,
        "UPDATE connection SET configuration = configuration || jsonb_build_object('payment_methods', (SELECT"
        " jsonb_agg(m - 'choice') FROM jsonb_array_elements(configuration -> 'payment_methods') m), 'tax_codes',"
        " (SELECT jsonb_agg(t - 'choice') FROM jsonb_array_elements(configuration -> 'tax_codes') t)) RETURNING 1",
    )
    [then] = rows(urls, "SELECT to_regclass('dirty') IS NOT NULL AS old")
    queue = "dirty" if then["old"] else "pending_change"
    rows(
        urls,
        f"UPDATE {queue} SET waits_for = split_part(waits_for, ':', 1)"  # noqa: S608
        " WHERE waits_for LIKE 'configuration:%' RETURNING 1",
    )


@pytest.mark.parametrize("revision", [FIRST, "one before head"])
async def test_an_upgrade_in_the_middle_of_a_run_loses_nothing_and_doubles_nothing(
    joint: Joint, own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, revision: str
) -> None:
    life = await a_life(joint)
    new = await a_run_that_dies(joint, life["contact"]["id"], monkeypatch)
    under_way = joint.last_run
    states = {row["state"] for row in rows(own_database, "SELECT DISTINCT state FROM operation ORDER BY state")}
    assert "sent" in states
    links = rows(own_database, "SELECT * FROM link ORDER BY id")
    payments = await joint.books_list("payment")
    kept = rows(own_database, KEPT)

    alembic(own_database, "downgrade", _one_before_head() if revision != FIRST else FIRST)
    as_it_was_stored_then(own_database)
    alembic(own_database, "upgrade", "head")

    assert rows(own_database, "SELECT * FROM link ORDER BY id") == links
    assert rows(own_database, KEPT) == kept
    while await joint.turn(under_way):
        pass
    ended = {row["id"]: row["state"] for row in rows(own_database, "SELECT id, state FROM run ORDER BY id")}
    assert ended[under_way] in ("succeeded", "partial")
    await run(joint)

    numbers = [i["DocNumber"] for i in await joint.books_list("invoice")]
    assert all(numbers.count(sale["number"]) == 1 for sale in new), numbers
    assert await joint.books_list("payment") == payments
    assert rows(own_database, "SELECT 1 FROM operation WHERE state IN ('prepared', 'sent')") == []
    assert await run(joint) == []


async def test_a_stored_null_becomes_undecided_with_one_question_that_lists_it_and_nothing_linked_changes(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    life = await a_life(joint)
    before = (await joint.books_list("payment"), await joint.books_list("invoice"))
    await joint.configure(payment_methods=await also(joint, MappedMethod(await joint.method("cheque"), left_out=True)))
    await run(joint)
    assert await asked(joint) == []
    alembic(own_database, "downgrade", FIRST)
    as_it_was_stored_then(own_database)
    alembic(own_database, "upgrade", "head")

    [item] = await joint.attention()
    undecided = {life["undecided"], await joint.method("cheque"), await joint.method("cash")}
    assert (item.kind, item.rule) == ("unmapped", "R1")
    assert {m["id"] for m in item.detail["methods"]} == undecided
    [stored] = rows(own_database, "SELECT configuration -> 'payment_methods' AS methods FROM connection")
    assert {m["id"] for m in stored["methods"] if m["choice"] == "undecided"} == undecided
    await run(joint)

    assert (await joint.books_list("payment"), await joint.books_list("invoice")) == before
    [item] = await joint.attention()
    assert "2 receipts wait, 5.00 AUD in all" in item.summary
    assert "PayPal: 1 (3.00 AUD)" in item.summary


async def test_an_upgrade_of_a_connection_that_has_decided_everything_asks_nothing(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    bank = await joint.account("Bank")
    await joint.configure(payment_methods=(MappedMethod(await joint.method("direct_deposit"), bank),))
    await run(joint)
    alembic(own_database, "downgrade", FIRST)
    as_it_was_stored_then(own_database)
    alembic(own_database, "upgrade", "head")
    assert await run(joint) == []

    assert await joint.attention() == []


async def test_what_was_refused_and_closed_by_somebody_before_the_upgrade_is_called_refused_afterwards(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    goods = {"description": "Tea", "quantity": "1", "unit_price": "110.00", "tax_code": "GST"}
    ada = await joint.contact()
    sales = [await joint.sale(ada["id"], {**goods, "tax_rate": "10", "tax_amount": "9.00"}) for _ in range(2)]
    await joint.receipt(sales[0], "5.00", payment_method_id=await joint.method("paypal"))
    await run(joint)
    closed = next(item for item in await joint.attention() if item.record_id == sales[0]["id"])
    await joint.answer(closed.id, "dismiss")
    alembic(own_database, "downgrade", "0020")
    alembic(own_database, "upgrade", "head")

    told = rows(own_database, "SELECT kind, record_id FROM pending_change WHERE refused ORDER BY record_id")
    assert told == [{"kind": "sale", "record_id": sale["id"]} for sale in sales]


async def test_a_document_whose_key_is_of_before_the_upgrade_is_known_by_its_number_afterwards(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    ada = await joint.contact()
    made = await joint.sale(ada["id"], number="INV-77312")
    await run(joint)
    alembic(own_database, "downgrade", "0018")
    [before] = rows(own_database, "SELECT DISTINCT key_number, keys_version FROM mirror WHERE kind = 'sale'")
    assert before == {"key_number": "inv-77312", "keys_version": 0}
    alembic(own_database, "upgrade", "head")

    await joint.sale(ada["id"], number="INV 77312", date=made["date"])
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    assert await asked(joint) == [("S1", "ambiguous_match")]


async def test_an_upgrade_asks_once_about_sales_that_were_open_on_the_start_date_and_looks_at_no_others(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    contact = await joint.contact()
    await joint.configure(opening_receivables="left_out")
    owed = await joint.sale(contact["id"], date="2025-12-20")
    await joint.receipt(owed, "5.00", date="2025-12-21")
    later = await joint.receipt(owed, "7.00", date="2026-02-01")
    settled = await joint.sale(contact["id"], date="2025-12-20")
    await joint.receipt(settled, date="2025-12-22")
    await run(joint)
    alembic(own_database, "downgrade", "0025")
    rows(own_database, "UPDATE connection SET configuration = configuration - 'opening_receivables' RETURNING 1")
    alembic(own_database, "upgrade", "head")

    queued = rows(own_database, "SELECT kind, record_id FROM pending_change ORDER BY kind")
    assert [(row["kind"], row["record_id"]) for row in queued] == [("receipt", later["id"]), ("sale", owed["id"])]
    await run(joint)
    [item] = await joint.attention()
    assert (item.key, item.detail["count"]) == ("configuration:opening receivables", 2)


async def test_of_a_site_that_is_connected_twice_at_the_upgrade_the_first_connection_keeps_its_id(
    joint: Joint, own_database: DatabaseUrls
) -> None:
    rows(own_database, """UPDATE connection SET facts = '{"oncord": {"id": "demo"}}' RETURNING 1""")
    alembic(own_database, "downgrade", "0026")
    rows(
        own_database,
        "INSERT INTO connection (id, name, oncord_api_url, oncord_token, realm_id, facts, created_at, updated_at, archived_at)"
        " SELECT t.id, name, 'http://SHOP.test/' || t.id, '', '', facts, created_at + t.later, updated_at, t.gone FROM connection,"
        " (VALUES ('con_twice', interval '1 hour', NULL), ('con_gone', interval '2 hours', now())) AS t (id, later, gone)"
        " RETURNING 1",
    )

    alembic(own_database, "upgrade", "head")

    kept = {row["id"]: row["site_id"] for row in rows(own_database, "SELECT id, site_id FROM connection ORDER BY id")}
    assert kept == {joint.connection_id: "demo", "con_twice": "", "con_gone": "demo"}
    joint.public_url = "https://sync.example"
    joint.shop.sites["demo"].connector["url"] = f"https://sync.example/webhooks/oncord/{joint.connection_id}"
    await run(joint)
    assert await joint.attention() == []
