"""Sealed months: sealing one, listing them, letting go of one."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field, StrictBool

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import Sent
from app.api.schemas import A_LIST, ConnectionId, example
from app.services import sealed_months
from app.services.sealed_months import MONTH
from app.storage.tieouts.seals import SealedMonth

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/sealed-months",
    tags=["tie-outs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

Month = Annotated[str, Path(pattern=MONTH, description="The month.", examples=["2026-10"])]


class MonthToSeal(Sent):
    """The month to be sealed; `with_differences`: also where both sides differ in it, as long as each difference is named."""

    model_config = example(month="2026-10", with_differences=False)
    month: Annotated[str, Field(pattern=MONTH)]
    with_differences: StrictBool = False


class SealedMonthOut(BaseModel):
    """A sealed month. `documents` were kept on both sides together, payments included, with `differences` between them that
    were named; `moved` of them are no longer as they were, or were not there. `hash` is over what was kept."""

    model_config = example(
        month="2026-10",
        sealed_at="2026-11-05T23:14:02Z",
        sealed_by="api",
        tie_out_id="tie_01h2xd1m8kq4w7r0p6aa",
        documents=412,
        differences=0,
        moved=0,
        hash="9f2c0e4b7b0f8f6f0c5d5a4a6a1d7a7e4f7f7c1c0f4f3b1f8a3f0f6f7a1b2c3d",
    )
    month: str
    sealed_at: dt.datetime
    sealed_by: str
    tie_out_id: str
    documents: int
    differences: int
    moved: int
    hash: str

    @classmethod
    def of(cls, found: SealedMonth) -> "SealedMonthOut":
        """As it is shown."""
        return cls(**{name: getattr(found, name) for name in cls.model_fields})


class SealedMonths(BaseModel):
    """The sealed months of a connection, the latest first."""

    model_config = A_LIST
    items: list[SealedMonthOut]


@router.get("", summary="List the sealed months", responses=csv_of(SealedMonths, name="sealed-months"))
@also_as_csv("sealed-months")
async def list_sealed_months(container: ContainerOf, connection_id: ConnectionId) -> SealedMonths:
    """Which months are sealed, by whom and since when, and how many of their documents have moved since."""
    found = await sealed_months.list_months(container, connection_id)
    return SealedMonths(items=[SealedMonthOut.of(each) for each in found])


@router.post("", status_code=201, summary="Seal a month", responses=responses(400, 409))
async def seal_month(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: MonthToSeal, response: Response
) -> SealedMonthOut:
    """Compare both sides, and keep what each document and payment of the month says on both.

    From then on each of them that moves on either side is an attention item (`sealed_month`) with both values. Refused with
    a 409 where the month is not over or sealed already, where something of it waits or has no explanation, and, unless
    `with_differences`, where it differs in what is named.
    """
    found = await sealed_months.seal(
        container, connection_id, body.month, who=caller.actor, with_differences=body.with_differences
    )
    response.headers["Location"] = f"/api/v1/connections/{connection_id}/sealed-months"
    return SealedMonthOut.of(found)


@router.delete("/{month}", status_code=204, summary="Unseal a month", responses=responses(409))
async def unseal_month(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, month: Month) -> None:
    """Let go of a month: what has rung about it is closed."""
    await sealed_months.unseal(container, connection_id, month, who=caller.actor)
