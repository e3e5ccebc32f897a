"""How far both sides agree this month."""

import datetime as dt
from typing import Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.api.schemas import ConnectionId, example
from app.services import month_agreement

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/month",
    tags=["tie-outs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)
_SALES = {
    "what": "sales",
    "account": False,
    "currency": "AUD",
    "oncord": "4120.00",
    "quickbooks": "4120.00",
    "difference": "0.00",
    "stands": "agrees",
    "differences": 0,
}
_BANK = {**_SALES, "what": "Cheque account", "account": True, "oncord": "3300.00", "quickbooks": "3300.00"}


class MonthRow(BaseModel):
    """One figure on both sides: of a kind (`sales`, `credits`, `receipts`, `refunds`, `settled_otherwise`), or what came into an account
    less what went out of it (`account`).

    `stands`: `agrees` (to the cent, and no record of its sort differs), `same_sum` (the sums are alike, and so many records
    differ), `differs`, `older` (something was compared since, and what stands by now does not go with these sums any more),
    `unexplained` (a difference of its sort has no cause), `unknown` (nothing was compared lately).
    """

    model_config = example(**_BANK)
    what: str
    account: bool
    currency: str
    oncord: str
    quickbooks: str
    difference: str
    stands: Literal["agrees", "same_sum", "differs", "older", "unexplained", "unknown"]
    differences: int


class MonthOut(BaseModel):
    """The month in which everything was last compared; `month` null: it never was, or before months were kept.

    `light_since`: since when the light of the connection is what it is. `later_at`: when something was compared after `compared_at`,
    which the sums are of; null: nothing was. `tie_out_id` names that comparison (its certificate may be of other days), `ledger_tie_out_id` the last one of days up to its
    own for which QuickBooks' own reports were had, in which so many figures (`ledger_beyond`) hold something else than the documents;
    where they were had for earlier days only it names the one of the latest of these, and `ledger_beyond` is 0.
    """

    model_config = example(
        month="2026-11",
        compared_at="2026-11-22T02:04:11Z",
        later_at=None,
        tie_out_id="tie_01h2xd1m8kq4w7r0p6aa",
        light_since="2026-11-20T14:04:09Z",
        ledger_tie_out_id=None,
        ledger_beyond=0,
        rows=[_SALES, _BANK],
    )
    month: str | None
    compared_at: dt.datetime | None
    later_at: dt.datetime | None
    tie_out_id: str | None
    light_since: dt.datetime | None
    ledger_tie_out_id: str | None
    ledger_beyond: int
    rows: list[MonthRow]


@router.get("", summary="How far both sides agree this month")
async def read_month(container: ContainerOf, connection_id: ConnectionId) -> MonthOut:
    """By kind and by account, as of the last comparison of everything, with the differences that stand by now."""
    found = await month_agreement.read_month(container, connection_id)
    rows = [
        MonthRow(
            what=row.what,
            account=row.account,
            currency=row.currency,
            oncord=str(row.oncord),
            quickbooks=str(row.quickbooks),
            difference=str(row.quickbooks - row.oncord),
            stands=row.stands,
            differences=row.differences,
        )
        for row in found.rows
    ]
    return MonthOut(
        month=found.month,
        compared_at=found.compared_at,
        later_at=found.later_at,
        tie_out_id=found.tie_out_id or None,
        light_since=found.light_since,
        ledger_tie_out_id=found.ledger.tie_out_id or None,
        ledger_beyond=found.ledger.beyond,
        rows=rows,
    )
