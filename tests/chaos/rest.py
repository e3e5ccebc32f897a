"""The quiet afterwards: waits until the service has nothing left to do, and sees that a further run plans nothing."""

import asyncio
import time
from typing import Any

import psycopg
from psycopg.rows import dict_row

from app.storage.database import conninfo
from tests.chaos.branches import Branch
from tests.chaos.stage import Stage

LOOK_SECONDS = 1.0
LOOKS = 2
"""So many times in a row nothing must be left."""

_LEFT = """
SELECT c.id,
    (SELECT count(*) FROM pending_change d WHERE d.connection_id = c.id AND NOT d.parked) AS dirty,
    (SELECT count(*) FROM run r WHERE r.connection_id = c.id AND r.state IN ('queued', 'running')) AS running,
    (SELECT count(*) FROM operation o WHERE o.connection_id = c.id AND o.state IN ('prepared', 'sent')) AS unsettled,
    (SELECT count(*) FROM schedule p WHERE p.connection_id = c.id AND p.first_changed_at IS NOT NULL) AS due
FROM connection c ORDER BY c.id
"""


async def query(stage: Stage, text: str, *values: Any) -> list[dict[str, Any]]:
    """Ask PostgreSQL as its superuser, who sees every row."""
    assert stage.servers.addresses.admin_database_url is not None
    address = conninfo(stage.servers.addresses.admin_database_url)
    async with await psycopg.AsyncConnection.connect(address, row_factory=dict_row) as connection:
        return await (await connection.execute(text, values)).fetchall()


async def settled(stage: Stage, seconds: float) -> list[str]:
    """Wait until nothing is queued, running, unsettled or due; what is left if that takes too long."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < LOOKS:
        left = [row for row in await query(stage, _LEFT) if any(row[name] for name in row if name != "id")]
        quiet = 0 if left else quiet + 1
        if left and time.monotonic() > deadline:
            return [f"not at rest after {seconds:.0f} s: {row}" for row in left]
        await asyncio.sleep(LOOK_SECONDS)
    return []


async def run_again(stage: Stage, branches: list[Branch], seconds: float) -> list[str]:
    """Press "Synchronise" everywhere; every write that is then planned is one too many."""
    authorised = {"Authorization": f"Bearer {stage.keys.admin_api_key}"}
    started = []
    for branch in branches:
        url = f"{stage.world.service}/api/v1/connections/{branch.id}/syncs"
        answer = await stage.http.post(url, json={"dry_run": False}, headers=authorised)
        if answer.status_code != 202:
            return [f"{branch.tag}: a run could not be started: {answer.status_code} {answer.text[:200]}"]
        started.append(answer.json()["id"])
    found = await settled(stage, seconds)
    ended = await query(stage, "SELECT id, state, error FROM run WHERE id = ANY(%s) AND state <> 'succeeded'", started)
    found += [f"the second run {row['id']} {row['state']}: {row['error']}" for row in ended]
    wrote = await query(
        stage,
        "SELECT c.name, o.side, o.kind, o.action, o.target_id, o.source_id, o.rule, o.reason FROM operation o "
        "JOIN connection c ON c.id = o.connection_id WHERE o.run_id = ANY(%s) "
        "AND o.action IN ('create', 'update', 'void', 'delete') ORDER BY o.id",
        started,
    )
    return found + [f"the second run planned {row}" for row in wrote]
