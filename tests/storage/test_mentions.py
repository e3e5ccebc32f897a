"""Rows about others that mention a person: the mention goes, the row stays; and what PostgreSQL lets be emptied of certificates."""

from datetime import datetime
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.errors import RestrictViolation
from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.life import erasing
from app.storage.life.mentions import ERASED, mentions_of
from app.storage.people import attention
from app.storage.tieouts import results
from app.storage.tieouts.results import TieOut
from app.tieout.certificate import FORMATS, canonical, check, sealed
from tests.storage.rows import a_connection, at

ADA = {
    "name": {"first": "Ada", "last": "Byron", "display": "Ada Byron"},
    "email": "Ada@Example.com",
    "phone": "0400 111 111",
    "billing_address": {"line1": "1 George St", "suburb": "Sydney"},
}
CHOICE = {
    "side": "quickbooks",
    "id": "58",
    "name": "Ada Byron",
    "facts": {"email": "ada@example.com", "suburb": "Sydney"},
}
OTHER = {"side": "quickbooks", "id": "59", "name": "Adam Byronson", "facts": {"email": "adam@example.com"}}


async def known(tx: Transaction, side: str, record_id: str, record: dict[str, Any]) -> None:
    await tx.execute(
        "INSERT INTO mirror (connection_id, side, kind, record_id, version, record, deleted, seen_at, key_name, people_keys)"
        " VALUES ('con_1', %s, 'contact', %s, '1', %s, true, %s, 'ada byron', '{1,2}')",
        (side, record_id, Jsonb(record), at(0)),
    )


async def asked(tx: Transaction, item: str, record_id: str, summary: str, detail: dict[str, Any]) -> None:
    await attention.open_item(
        tx, "con_1", item_id=item, key=item, kind="ambiguous_match", rule="C1", summary=summary, now=at(0), side="oncord",
        record_kind="contact", record_id=record_id, detail=detail, actions=("choose",),
    )  # fmt: skip


async def erase(tx: Transaction, moment: datetime | None = None) -> erasing.Counts:
    return await erasing.erase(tx, "con_1", {("quickbooks", "58")}, moment or at(1))


async def test_of_a_question_about_somebody_else_the_choice_keeps_nothing_but_its_id(tx: Transaction) -> None:
    await a_connection(tx)
    await known(tx, "quickbooks", "58", ADA)
    lost = {"losing": {"fields": {"phone": "0400 111 111"}}}
    await asked(tx, "att_1", "7", "Is this Ada Byron (ada@example.com)?", {"choices": [CHOICE, OTHER], **lost})
    await asked(tx, "att_2", "58", "This is about a contact that is only called alike.", {})

    counts = await erase(tx)

    item = await attention.get(tx, "con_1", "att_1")
    assert item is not None
    assert item.summary == f"Is this {ERASED} ({ERASED})?"
    assert item.detail["choices"] == [{"side": "quickbooks", "id": "58", "name": ERASED, "facts": {}}, OTHER]
    assert item.detail["losing"] == lost["losing"], "what somebody else typed is theirs"
    assert await attention.get(tx, "con_1", "att_2") is not None, "the id is one of the other side"
    assert (counts["mirror"], counts["mentions"]) == (1, 1)


async def test_reasons_and_labels_of_others_lose_the_name_and_keep_the_rest(tx: Transaction) -> None:
    await a_connection(tx)
    await known(tx, "quickbooks", "58", ADA)
    await tx.execute(
        "INSERT INTO operation (id, connection_id, run_id, sequence, action, side, kind, source_id, rule, reason, state, subject,"
        " created_at) VALUES ('op_1', 'con_1', 'run_1', 1, 'skip', 'quickbooks', 'sale', '9', 'C1', %s, 'decided', %s, %s)",
        ("It waits for ADA BYRON, 1 George St.", Jsonb({"label": "Sale 9", "number": "9"}), at(0)),
    )
    await tx.execute(
        "INSERT INTO document_change (connection_id, written_at, operation_id, number, label, reason, amount)"
        " VALUES ('con_1', %s, 'op_1', '9', 'Sale 9, Zoe', 'It was paid by Ada Byron', 44)",
        (at(0),),
    )

    await erase(tx)

    operation = await (await tx.execute("SELECT reason, subject FROM operation")).fetchone()
    assert operation == {"reason": f"It waits for {ERASED}, {ERASED}.", "subject": {"label": "Sale 9", "number": "9"}}
    change = await (await tx.execute("SELECT label, reason, amount FROM document_change")).fetchone()
    assert change == {"label": "Sale 9, Zoe", "reason": "", "amount": 44}, "it can be emptied only"


async def test_the_mirror_keeps_what_keeps_things_from_being_made_twice(tx: Transaction) -> None:
    await a_connection(tx)
    await known(tx, "quickbooks", "58", {**ADA, "active": False, "currency": "AUD"})

    await erase(tx)

    row = await (await tx.execute("SELECT version, record, key_name, people_keys, deleted FROM mirror")).fetchone()
    assert row == {
        "version": "1", "record": {"active": False, "currency": "AUD"}, "key_name": "", "people_keys": [], "deleted": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ({"display": "Al"}, ()),
        ({"display": "Jo 100%"}, ("Jo 100%",)),
        ({"display": 'Ada "the" Byron', "company": "B_yron \\ Sons"}, ('Ada "the" Byron', "B_yron \\ Sons")),
    ],
)
async def test_odd_names_are_found_as_they_are_and_short_ones_name_nobody(
    tx: Transaction, name: dict[str, str], texts: tuple[str, ...]
) -> None:
    assert mentions_of([{"name": name}]).texts == texts
    await a_connection(tx)
    await known(tx, "quickbooks", "58", {"name": name})
    others = "B-yron and Jo 1000"
    await asked(tx, "att_1", "7", f"{' and '.join(texts)}; {others}", {"words": list(texts)})

    await erase(tx)

    item = await attention.get(tx, "con_1", "att_1")
    assert item is not None
    assert item.summary == f"{' and '.join([ERASED] * len(texts))}; {others}"
    assert item.detail == {"words": [ERASED] * len(texts)}


LINE = {
    "kind": "sale", "what": "missing", "number": "1041", "who": "Ada Byron", "date": "2026-10-01", "oncord_id": "7",
    "quickbooks_id": "", "currency": "AUD", "oncord": "44.00", "quickbooks": "nothing", "amount": "-44.00",
    "cause": "waiting", "why": "Ada Byron is asked about.", "moves": [],
}  # fmt: skip
FIGURE = {
    "table": "owed", "key": "quickbooks:58", "name": "Ada Byron", "currency": "AUD", "oncord": "0.00", "quickbooks": "0.00",
    "difference": "0.00", "causes": {},
}  # fmt: skip


async def a_certificate_of_before(tx: Transaction) -> dict[str, Any]:
    """One of the first format, with names under the hash."""
    rest = {
        "format": FORMATS[0], "id": "tie_1", "taken_at": "", "as_of": {}, "product_version": "1", "configuration_version": 1,
        "sealed": [], "light": "differs", "figures": [FIGURE],
    }  # fmt: skip
    whole = sealed(rest, [LINE])
    await results.save(tx, TieOut("tie_1", "con_1", "whole", "", "", at(0), 1, 1, 0, rest, whole["hash"]))
    await results.add(tx, "con_1", "tie_1", 0, [LINE])
    return whole


async def test_a_certificate_of_before_loses_the_name_and_says_what_proves_it(tx: Transaction) -> None:
    await a_connection(tx)
    await known(tx, "quickbooks", "58", ADA)
    issued = await a_certificate_of_before(tx)
    assert check(issued) == []

    await erase(tx)

    kept = await results.get(tx, "con_1", "tie_1")
    assert kept is not None
    lines = [line async for line in results.lines(tx, "tie_1")]
    now = {**(kept.certificate or {}), "differences": lines, "hash": kept.hash}
    assert b"Ada" not in canonical(now)
    assert (now["hash"], lines[0]["amount"], lines[0]["number"]) == (issued["hash"], "-44.00", "1041")
    [fault] = check(now)
    assert "name was erased" in fault


@pytest.mark.parametrize(
    "change",
    [
        'UPDATE tie_out_difference SET line = line || \'{"who": "Zoe"}\'',
        'UPDATE tie_out_difference SET line = line || \'{"who": "", "amount": "0.00"}\'',
        'UPDATE tie_out_difference SET line = line || \'{"oncord": ""}\'',
        "UPDATE tie_out_difference SET line = line - 'who'",
        "UPDATE tie_out SET certificate = jsonb_set(certificate, '{figures,0,name}', '\"Zoe\"')",
        "UPDATE tie_out SET certificate = jsonb_set(certificate, '{figures,0,oncord}', '\"1.00\"')",
        "UPDATE tie_out SET certificate = jsonb_set(certificate, '{figures}', '[]')",
        'UPDATE tie_out SET certificate = certificate || \'{"light": "agrees"}\'',
        "UPDATE tie_out SET certificate = NULL",
    ],
)
async def test_nothing_but_a_name_or_a_reason_can_be_emptied(tx: Transaction, change: LiteralString) -> None:
    await a_connection(tx)
    await a_certificate_of_before(tx)

    with pytest.raises((RestrictViolation, psycopg.errors.InsufficientPrivilege)):
        async with tx.transaction():
            await tx.execute(change)
