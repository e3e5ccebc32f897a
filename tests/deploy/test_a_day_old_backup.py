"""PostgreSQL's own backup of yesterday goes into an empty installation, whose first run doubles nothing that was written since: not a
document, not a payment, not a person. Each story on rows that are put back: `tests/sync/test_restored.py`."""

from pathlib import Path

import httpx
import psycopg
import pytest

from app import backup
from app.container import build_container
from app.runtime import Seams, open_runtime
from app.sandbox.oncord import create_app as shop_app
from app.sandbox.quickbooks.app import create_app as books_app
from app.services import restoring
from app.storage.database import conninfo
from tests.deploy.test_backup import empty, on
from tests.support.joint import SilentWaker, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import asked, quiet, run
from tests.sync.test_restored import (
    COUNTRIES,
    Country,
    World,
    a_new_customer_buys,
    contents,
    the_bookkeeper_bills,
    the_contact_is_edited,
    the_invoice_is_paid_in_the_books,
)

__all__ = ["empty"]
DAY_AFTER = (a_new_customer_buys, the_bookkeeper_bills, the_contact_is_edited, the_invoice_is_paid_in_the_books)
HOUR = 3600


def access_given_anew(before: DatabaseUrls, after: DatabaseUrls) -> None:
    """As if somebody had connected QuickBooks again: the backup's tokens were used up within the day."""
    with psycopg.connect(conninfo(before.admin)) as old, psycopg.connect(conninfo(after.admin)) as new:
        with old.cursor().copy("COPY token TO STDOUT") as out:
            rows = b"".join(bytes(part) for part in out)
        new.execute("DELETE FROM token")
        with new.cursor().copy("COPY token FROM STDIN") as into:
            into.write(rows)


@pytest.mark.parametrize("country", COUNTRIES)
async def test_after_a_day_of_writes_yesterdays_backup_doubles_nothing_in_an_empty_installation(
    own_database: DatabaseUrls, empty: DatabaseUrls, tmp_path: Path, country: Country
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await joint.sync()
        world = World(joint, country)
        await world.begin()
        made = backup.make(on(joint.runtime.settings, own_database), tmp_path, joint.clock.now(), keep_days=30)
        taken_at = joint.clock.now()
        joint.clock.pass_time(3 * HOUR)
        for deed in DAY_AFTER:
            await deed(world)
        joint.clock.pass_time(20 * HOUR)
        already, before = await asked(joint), await contents(joint)

        settings = on(joint.runtime.settings, empty)
        backup.restore(settings, made)
        access_given_anew(own_database, empty)
        seams = Seams(
            clock=joint.clock,
            oncord_transport=httpx.ASGITransport(shop_app(joint.shop)),
            quickbooks_transport=httpx.ASGITransport(books_app(joint.books)),
            waker=SilentWaker(),
        )
        async with open_runtime(settings, seams) as restored:
            joint.runtime = restored
            await restoring.hold_all(build_container(restored), taken_at, who=SOMEBODY)
            assert ("T5", "restored") in await asked(joint)
            await run(joint)

            assert await contents(joint) == before
            assert await asked(joint) == already
            await quiet(joint)
