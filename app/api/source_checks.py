"""Checks of what was read against both sides themselves."""

import datetime as dt
from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.run_schemas import SyncOut, asked_for
from app.api.schemas import A_LIST, ConnectionId, example
from app.services import source_checks
from app.storage.records.source_checks import SourceCheck

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/source-checks",
    tags=["tie-outs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


class SourceCheckOut(BaseModel):
    """One kind of one side. At `counted_at` the side had `counted` of it and its mirror `mirrored`, of which `not_ours` are
    known to be apart for good; each record was compared by itself since `compared_at`. `found` differed unsaid."""

    model_config = example(
        side="quickbooks",
        kind="sale",
        counted_at="2026-11-22T02:03:59Z",
        counted=1204,
        mirrored=1204,
        not_ours=0,
        compared_at="2026-11-22T02:04:01Z",
        found=0,
        found_at=None,
    )
    side: Literal["oncord", "quickbooks"]
    kind: Literal["contact", "item", "sale", "receipt"]
    counted_at: dt.datetime | None
    counted: int
    mirrored: int
    not_ours: int
    compared_at: dt.datetime | None
    found: int
    found_at: dt.datetime | None

    @classmethod
    def of(cls, check: SourceCheck) -> "SourceCheckOut":
        """As it is shown."""
        return cls(
            side=check.side.value,
            kind=check.kind.value,
            counted_at=check.checked_at,
            counted=check.there,
            mirrored=check.here,
            not_ours=check.apart,
            compared_at=check.compared_at,
            found=check.found,
            found_at=check.found_at,
        )


class SourceChecks(BaseModel):
    """Each kind of both sides."""

    model_config = A_LIST
    items: list[SourceCheckOut]


@router.get("", summary="How old the last check is", responses=csv_of(SourceChecks, name="source-checks"))
@also_as_csv("source-checks")
async def list_source_checks(container: ContainerOf, connection_id: ConnectionId) -> SourceChecks:
    """When what was read was last held against both sides: by number, and record by record."""
    found = await source_checks.list_checks(container, connection_id)
    return SourceChecks(items=[SourceCheckOut.of(check) for check in found])


@router.post("", status_code=202, summary="Check both sides now", responses=responses(409))
async def ask_for_source_check(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, request: Request, response: Response
) -> SyncOut:
    """Start a run that reads all of both sides once more and compares it with what was read before.

    At QuickBooks that is a metered read for each thousand records and a handful besides; none while the month's reads are
    nearly used up. It is a dry run: nothing is written, what differs waits for the next synchronisation by the usual rules (`preview`
    shows what that would do), and the run ends with a tie-out.
    """
    run = await source_checks.ask(
        container, connection_id, who=caller.actor, request_id=request.scope.get("request_id", "")
    )
    return asked_for(response, run)
