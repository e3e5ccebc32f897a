"""Change data capture: everything that changed since a moment, deleted stubs last, cut silently at a thousand."""

from __future__ import annotations

from datetime import timedelta

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.clock import parse_moment, stamp
from app.sandbox.quickbooks.requests.views import queried
from app.sandbox.quickbooks.requests.writes import BY_PATH
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.wire import Body

LIMIT = 1000
WINDOW = timedelta(days=30)
UNSUPPORTED = frozenset({"TaxCode", "TaxRate", "TaxAgency", "JournalCode", "TimeActivity"})
"""All that Intuit's documentation excepts."""


def changes(company: Company, entities: str, changed_since: str) -> Body:
    """The `CDCResponse`; one block per entity in the order they were asked for, `{}` for one without changes.

    Raises `FaultError` for a member that is missing, a moment too long ago, and an unknown entity.
    """
    if not entities:
        raise faults.missing("entities")
    if not changed_since:
        raise faults.missing("changedSince")
    try:
        since = parse_moment(changed_since)
    except ValueError:
        raise faults.bad_value(2190, "Date Range", "changedSince", changed_since) from None
    hazards = company.hazards
    shorter = hazards.strikes("cdc_window")
    window = timedelta(seconds=float(shorter["seconds"])) if shorter else WINDOW
    if since < company.now() - window:
        raise faults.bad_value(2190, "Date Range", "changedSince", changed_since)
    cut = hazards.strikes("cdc_limit")
    left = int(cut["count"]) if cut else LIMIT
    lag = hazards.on("read_lag")
    horizon = company.now().timestamp() - (float(lag["seconds"]) if lag else 0)
    epoch = int(since.timestamp())
    blocks = []
    for name in entities.split(","):
        entity = BY_PATH.get(name.strip().lower())
        if entity is None or entity in UNSUPPORTED:
            raise faults.bad_value(2170, "Enumeration", "entities", name.strip())
        block, left = _block(company, entity, epoch, horizon, left)
        blocks.append(block)
    return {"CDCResponse": [{"QueryResponse": blocks}]}


def _block(company: Company, entity: str, since: int, horizon: float, left: int) -> tuple[Body, int]:
    table = company.table(entity)
    changed = [record for record in table.since(since) if record.updated <= horizon][:left]
    gone: list[Body] = []
    for identifier, record in reversed(table.deleted.items()):
        if record.updated < since:
            break
        if record.updated <= horizon:
            gone.append(
                {
                    "domain": "QBO",
                    "status": "Deleted",
                    "Id": identifier,
                    "MetaData": {"LastUpdatedTime": stamp(record.updated)},
                }
            )
    gone.reverse()
    found = ([queried(entity, record) for record in changed] + gone)[:left]
    if not found:
        return {}, left
    block: Body = {entity: found}
    if changed:
        block["startPosition"] = 1
    block.update(maxResults=len(found), totalCount=len(found))
    return block, left - len(found)
