"""How far a run has come is written down as it goes, a page or a chunk at a time, and forgotten once it has ended."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest

from app.quickbooks.http.paging import walk
from app.storage.database import Transaction
from app.storage.runs import progress, runs
from app.storage.runs.progress import Progress
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import customer

CUSTOMERS = 8


@pytest.fixture
async def first(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company that were never synchronised."""
    async with joined(own_database.app) as made:
        yield made


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Progress]:
    """What was written down while runs went on, in order."""
    kept: list[Progress] = []
    note, along = progress.note, runs.progress

    async def noting(tx: Transaction, run_id: str, found: Progress) -> None:
        kept.append(found)
        await note(tx, run_id, found)

    async def with_the_rest(*args: Any, **named: Any) -> None:
        if named.get("progress") is not None:
            kept.append(named["progress"])
        await along(*args, **named)

    monkeypatch.setattr(progress, "note", noting)
    monkeypatch.setattr(runs, "progress", with_the_rest)
    return kept


def steps(written: list[Progress]) -> list[str | None]:
    """The steps in the order in which they came, each once."""
    return list(dict.fromkeys(each.step for each in written))


async def kept_of(joint: Joint) -> Progress:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return await progress.read(tx, joint.connection_id, joint.last_run)


async def test_a_first_synchronisation_says_how_much_of_each_side_is_read_and_written(
    first: Joint, written: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.oncord.client.PAGE_SIZE", 3)
    monkeypatch.setattr("app.quickbooks.client.walk", partial(walk, page=3))
    monkeypatch.setattr("app.sync.reading.how_many.MANY", 3)
    for number in range(CUSTOMERS):
        await customer(first, "Zed", f"Number{number}", PrimaryEmailAddr={"Address": f"zed{number}@example.com"})
    ada = await first.contact()
    for number in range(5):
        await first.sale(ada["id"], number=f"N-{number}")

    run = await first.sync()

    assert run.state == "succeeded"
    assert steps(written) == ["oncord", "quickbooks", "write", "compare"]
    oncord = [each for each in written if each.step == "oncord" and each.total]
    assert 3 <= oncord[0].done < (oncord[0].total or 0)
    assert oncord[-1].done == oncord[-1].total
    books = [each for each in written if each.step == "quickbooks" and each.total]
    assert books[0].done < CUSTOMERS <= (books[0].total or 0)
    assert books[-1].done >= CUSTOMERS
    done = [each for each in written if each.step == "write"]
    assert done[-1].done >= (done[-1].total or 0) > CUSTOMERS
    assert await kept_of(first) == Progress()


async def test_an_ordinary_run_writes_no_statement_more_for_it(joint: Joint, written: list[Progress]) -> None:
    ada = await joint.contact()
    await joint.sync()
    before = len(await joint.books_list("invoice"))
    written.clear()
    for number in range(3):
        await joint.sale(ada["id"], number=f"N-{number}")

    await joint.sync()

    assert len(await joint.books_list("invoice")) == before + 3
    assert len(written) <= 4  # with what was written anyway: the phase, the chunks, and the end of them
    assert (written[-1].step, [each.done for each in written if each.step == "write"][-1]) == ("compare", 3)


async def test_reading_a_small_company_for_the_first_time_asks_no_more_of_it(
    first: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await customer(first, "Zed", "Zebra")
    asked: list[str] = []

    async def counting(context: Any, side: Any) -> dict[Any, int]:
        asked.append(side)
        return {}

    monkeypatch.setattr("app.sync.reading.how_many.counts", counting)

    await first.sync()

    assert asked == []


async def test_a_try_says_how_many_records_it_works_something_out_for(joint: Joint, written: list[Progress]) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")

    await joint.sync(dry_run=True)

    assert next((each.step, each.total) for each in written if each.step == "plan") == ("plan", 2)


async def test_a_run_that_rests_says_why_and_until_when_and_goes_on_with_its_step(
    joint: Joint, written: list[Progress], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    await joint.hazard("quickbooks", "answer_lost", times=1)

    run = await joint.sync(turns=1)
    rests = await kept_of(joint)

    assert run.state == "running"
    assert rests.interrupted
    assert rests.goes_on_at is not None
    assert rests.goes_on_at >= joint.clock.now()
    while await joint.turn(run.id):
        pass
    assert len([i for i in await joint.books_list("invoice") if i.get("DocNumber") == "1041"]) == 1
