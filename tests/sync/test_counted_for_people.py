"""What a run, a preview and a week's summary count for people is what came to the books, document by document and to the cent: a refund
is one refund, and the document over a difference comes to the difference."""

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from app.console.said_of_work import told
from app.storage import conditions
from app.storage.runs import previews, runs
from tests.support.joint import START, Joint
from tests.support.stories import run
from tests.sync.test_cancelled_late import LAST_MONTH, cancel
from tests.sync.test_cancelled_late import a_sale as a_sale_of
from tests.sync.test_differences import ENTER, LODGED, edit
from tests.sync.test_direct_refunds import paid_sale, refund
from tests.sync.test_rules_locked import a_sale, lines, locked
from tests.sync.test_rules_split_receipts import split_receipt

D = Decimal
Sums = dict[str, tuple[int, Decimal]]
SORTS = {"invoice": "sale", "creditmemo": "adjustment", "payment": "receipt", "purchase": "refund"}


async def in_the_books(joint: Joint) -> dict[str, tuple[str, Decimal]]:
    """Each document and piece of money that is worth something, by entity and id: its sort, and what it comes to."""
    return {
        f"{entity}:{each['Id']}": (sort, D(str(each["TotalAmt"])))
        for entity, sort in SORTS.items()
        for each in await joint.books_list(entity)
        if each["TotalAmt"]
    }


def summed(rows: list[tuple[str, Decimal]]) -> Sums:
    return {
        sort: (sum(each == sort for each, _ in rows), sum((amount for each, amount in rows if each == sort), D(0)))
        for sort in {sort for sort, _ in rows}
    }


async def counted(joint: Joint, run_id: str) -> tuple[Sums, str]:
    """What a run says that it made in the books, as figures and in words."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        done = await runs.get(tx, joint.connection_id, run_id)
    assert done is not None
    made = [row for row in done.counters.get("moved", []) if (row["side"], row["action"]) == ("quickbooks", "create")]
    sums = {row["sort"]: (row["count"], D(row["amount"])) for row in made if row["sort"] in SORTS.values()}
    return sums, told(done.counters)


async def previewed(joint: Joint) -> Sums:
    await joint.sync(dry_run=True)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        rows = await previews.sums(tx, joint.connection_id, joint.last_run)
    made = [row for row in rows if (row.side, row.part) == ("quickbooks", "made") and row.sort in SORTS.values()]
    return {row.sort: (row.count, abs(D(row.amount))) for row in made}


async def of_the_week(joint: Joint) -> list[str]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return [
            line for line in (await conditions.week_of(tx, joint.connection_id, START)).written if "QuickBooks" in line
        ]


async def a_refund(joint: Joint) -> None:
    sale = await paid_sale(joint)
    await refund(joint, sale, "-22.00")
    [item] = [each for each in await joint.attention() if each.kind == "refund"]
    await joint.answer(item.id, "given_back")


async def a_difference(joint: Joint, price: str) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines(price))
    await run(joint)
    [item] = await locked(joint)
    await joint.answer(item.id, ENTER)


async def less(joint: Joint) -> None:
    await a_difference(joint, "11.00")


async def more(joint: Joint) -> None:
    await a_difference(joint, "33.00")


async def cancelled_late(joint: Joint) -> None:
    sale, _ = await a_sale_of(joint, LAST_MONTH)
    await cancel(joint, sale)


async def an_ordinary_day(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "5.00")
    await joint.receipt(sale, "6.00")


STORIES = [
    (a_refund, {"adjustment": (1, D(22)), "refund": (1, D(22))}, "1 refund, 22.00 AUD sent"),
    (less, {"adjustment": (1, D(11))}, "1 credit, 11.00 AUD sent"),
    (more, {"sale": (1, D(11))}, "1 sale, 11.00 AUD sent"),
    (cancelled_late, {"adjustment": (1, D(22))}, "1 credit, 22.00 AUD sent"),
    (an_ordinary_day, {"sale": (1, D(22)), "receipt": (2, D(11))}, "2 payments, 11.00 AUD sent"),
]


@pytest.mark.parametrize(("story", "expected", "words"), STORIES)
async def test_what_is_counted_is_what_came_to_the_books(
    joint: Joint, story: Callable[[Joint], Awaitable[None]], expected: Sums, words: str
) -> None:
    await story(joint)
    before, ahead = await in_the_books(joint), await previewed(joint)
    await run(joint)
    after = await in_the_books(joint)
    by_hand = summed([each for key, each in after.items() if key not in before])
    sums, said = await counted(joint, joint.last_run)

    assert by_hand == expected
    assert sums == expected
    assert words in said
    if story is not a_refund:  # whose adjustment is made first, in Oncord
        assert ahead == expected
    everything = summed(list(after.values()))
    week = await of_the_week(joint)
    for sort, noun in (
        ("sale", "invoice"),
        ("adjustment", "credit memo"),
        ("receipt", "payment"),
        ("refund", "refund"),
    ):
        count, amount = everything.get(sort, (0, D(0)))
        line = f"{count} {noun}{'' if count == 1 else 's'} made in QuickBooks, {amount:.2f} AUD"
        assert (line in week) is bool(count), (line, week)


async def test_the_payments_of_a_split_receipt_come_to_what_the_receipt_does(joint: Joint) -> None:
    receipt, _ = await split_receipt(joint)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        page = await runs.page(tx, joint.connection_id, 10)
    rows = [row for each in page.items for row in each.counters.get("moved", []) if row["sort"] == "receipt"]
    made = [row for row in rows if (row["side"], row["action"]) == ("quickbooks", "create")]

    assert sum(row["count"] for row in made) == 2
    assert sum(D(row["amount"]) for row in made) == D(receipt["amount"])
