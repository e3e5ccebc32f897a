"""What is written, voided or deleted of money is kept with the document before and after, and can be read when all else is pruned."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.container import build_container
from app.quickbooks.client import QuickBooksSide
from app.services.document_changes import in_words, list_changes
from app.storage import pruning
from app.storage.database import EVERY_CONNECTION
from app.storage.records.document_changes import DocumentChange
from tests.support.joint import Joint
from tests.support.stories import change, customer, invoice, payment, quiet, remove, run

LODGED = date(2026, 9, 30)


async def changes(joint: Joint, since: str = "", until: str = "") -> Sequence[DocumentChange]:
    """What was done to documents, the first first."""
    days = [date.fromisoformat(day) if day else None for day in (since, until)]
    container = build_container(joint.runtime)
    page = await list_changes(container, joint.connection_id, since=days[0], until=days[1], limit=200, cursor=None)
    return list(reversed(page.items))


def told(found: Sequence[DocumentChange]) -> list[tuple[str, str]]:
    return [(each.side, in_words(each)) for each in found]


def lines(price: str, code: str = "GST") -> dict[str, Any]:
    return {"lines": [{"description": "Tea", "quantity": "1", "unit_price": price, "tax_code": code}]}


async def a_life(joint: Joint, code: str = "GST") -> dict[str, Any]:
    """A sale that is made, paid, edited, noted and deleted along with its money."""
    sale = await joint.sale((await joint.contact())["id"], lines("22.00", code)["lines"][0], number="1041")
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("33.00", code))
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thank you"})
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    return sale


async def test_each_write_of_money_is_kept_with_the_document_before_and_after(joint: Joint) -> None:
    await a_life(joint)
    found = await changes(joint)

    assert told(found) == [
        ("quickbooks", "1041: created"),
        ("quickbooks", "Payment: created"),
        ("quickbooks", "1041: changed from 22.00 AUD to 33.00 AUD"),
        ("quickbooks", "Payment: deleted"),
        ("quickbooks", "1041: deleted"),
    ], "a note is no record of money"
    made, paid, changed, unpaid, deleted = found
    assert [(x.amount_before, x.tax_before, x.amount, x.tax) for x in (made, changed, deleted)] == [
        (None, None, 22, 2), (22, 2, 33, 3), (33, 3, None, None),
    ]  # fmt: skip
    assert (paid.amount, paid.tax, unpaid.amount_before, unpaid.amount) == (22, None, 22, None)
    assert (deleted.rule, deleted.label, deleted.decided_by) == ("S3", "Invoice 1041, Ada Lovelace", "")
    assert deleted.reason == "The sale began in Oncord and was deleted there."
    assert (deleted.document or {})["DocNumber"] == "1041"
    assert (deleted.document or {})["Line"][0]["Description"] == "Tea"
    assert (deleted.before or {})["money"]["lines"][0]["description"] == "Tea"
    assert Decimal((changed.before or {})["money"]["total"]) == 22
    assert Decimal((changed.after or {})["money"]["total"]) == 33
    assert {x.realm_id for x in found} == {joint.realm}


async def test_an_american_company_keeps_the_same_with_its_tax(us: Joint) -> None:
    await a_life(us, "NON")

    assert told(await changes(us))[2:] == [
        ("quickbooks", "1041: changed from 22.00 USD to 33.00 USD"),
        ("quickbooks", "Payment: deleted"),
        ("quickbooks", "1041: deleted"),
    ]
    assert [x.tax for x in await changes(us) if x.kind == "sale"][:2] == [0, 0]


async def test_the_same_is_read_after_everything_else_was_pruned(joint: Joint) -> None:
    await a_life(joint)
    before = await changes(joint)
    later = joint.clock.now() + timedelta(days=6 * 366)
    async with joint.runtime.database.transaction(EVERY_CONNECTION) as tx:
        for _ in range(2):
            await pruning.prune(tx, later)
        left = await (await tx.execute("SELECT count(*) AS n FROM operation")).fetchone()
        await tx.execute("DELETE FROM mirror")
        await tx.execute("DELETE FROM link")
    assert left == {"n": 0}

    assert await changes(joint) == before
    assert len(before) == 5


async def test_what_comes_from_the_books_is_kept_as_what_it_wrote_in_oncord(joint: Joint) -> None:
    kay = await customer(joint, "Kay")
    bill = await invoice(joint, kay["Id"], DocNumber="B-7")
    money = await payment(joint, kay["Id"], "33.00", {bill["Id"]: "33.00"}, TxnDate="2026-11-20")
    await run(joint)
    await change(joint, "payment", money["Id"], TxnDate="2026-11-18")
    await run(joint)
    await remove(joint, "payment", money["Id"])
    await run(joint)

    assert told(await changes(joint)) == [
        ("oncord", "B-7: created"),
        ("oncord", "Receipt: created"),
        ("oncord", "Receipt: changed from 20 Nov 2026 to 18 Nov 2026"),
    ], "the mark that a payment is gone moves no money"


async def test_s3_a_period_shows_what_was_deleted_or_voided_in_it(joint: Joint) -> None:
    ada = await joint.contact()
    sales = {
        n: await joint.sale(ada["id"], number=n, date=day) for n, day in (("1", "2026-09-30"), ("2", "2026-11-02"))
    }
    await run(joint)
    for sale in sales.values():
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert [words for _, words in told(await changes(joint, "2026-07-01", "2026-09-30"))] == ["1: created", "1: voided"]
    assert [words for _, words in told(await changes(joint, "2026-10-01"))] == ["2: created", "2: deleted"]
    voided = (await changes(joint, "2026-07-01", "2026-09-30"))[-1]
    assert (voided.amount_before, voided.amount, voided.rule) == (22, 0, "S3")


async def test_a_document_that_is_dated_into_another_period_stands_in_both(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="9", date="2026-09-30")
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"date": "2026-10-01"})
    await run(joint)

    moved = "9: changed from 30 Sep 2026 to 1 Oct 2026"
    assert [words for _, words in told(await changes(joint, "2026-07-01", "2026-09-30"))] == ["9: created", moved]
    assert [words for _, words in told(await changes(joint, "2026-10-01", "2026-12-31"))] == [moved]


async def test_b1_what_somebody_answered_is_kept_with_the_write_that_carried_it_out(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], number="1041", date="2026-09-12")
    await run(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("44.00"))
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "do_in_old_period")
    answered = joint.clock.now()
    await run(joint)

    done = (await changes(joint))[-1]
    assert in_words(done) == "1041: changed from 22.00 AUD to 44.00 AUD"
    assert (done.decided_by, done.decision) == ("test", "do_in_old_period")
    assert done.decided_at == answered
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        act = await (await tx.execute("SELECT who, detail FROM audit WHERE action = 'attention.resolved'")).fetchone()
    assert act is not None
    kept = {name: act["detail"].get(name) for name in ("rule", "number", "date", "amount", "currency", "answer")}
    assert (act["who"], kept) == ("test", {
        "rule": "B1", "number": "1041", "date": "2026-09-12", "amount": "44.00", "currency": "AUD", "answer": "do_in_old_period",
    })  # fmt: skip
    assert "Lovelace" not in str(act["detail"]), "an answer is kept without the person"


async def test_a_write_whose_answer_was_lost_is_kept_once(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> None:
    class Died(Exception):
        """The process is gone."""

    await joint.sale((await joint.contact())["id"], number="1041")
    send = QuickBooksSide.send

    async def dies(self: QuickBooksSide, batch: Any) -> Any:
        outcomes = await send(self, batch)
        if batch.kind == "sale":
            raise Died
        return outcomes

    with monkeypatch.context() as patched:
        patched.setattr(QuickBooksSide, "send", dies)
        with pytest.raises(Died):
            await joint.sync()
    assert await changes(joint) == []
    while await joint.turn(joint.last_run):
        pass

    [made] = await changes(joint)
    assert (in_words(made), made.amount, made.before) == ("1041: created", Decimal(22), None)
    await quiet(joint)
    assert len(await changes(joint)) == 1
