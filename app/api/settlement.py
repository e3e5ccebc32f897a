"""How sales stand: what the shop asks before it sends a reminder of an unpaid invoice."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.api.schemas import ConnectionId, example
from app.domain.model.currencies import written
from app.domain.settlement.causes import Cause
from app.domain.settlement.state import Settlement
from app.services.settlement import read_settlement

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/sales",
    tags=["sales"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

SaleId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="The sale's id in Oncord.", examples=["1041"])
]


class CauseOut(BaseModel):
    """One thing that has settled part of a sale, with the amount in the sale's currency."""

    cause: Cause
    amount: Decimal
    label: str


class SettlementOut(BaseModel):
    """How a sale stands in both systems. Amounts are decimal texts in the sale's currency."""

    model_config = example(
        state="partly",
        total="110.00",
        settled="20.00",
        open="90.00",
        currency="AUD",
        chase=True,
        causes=[{"cause": "receipt", "amount": "20.00", "label": ""}],
        as_of="2026-11-22T02:04:11Z",
    )
    state: Literal["paid", "overpaid", "partly", "open", "credited", "written_off", "void", "gone", "unknown"]
    total: Decimal
    settled: Decimal
    open: Decimal
    currency: str
    chase: bool
    causes: list[CauseOut]
    as_of: dt.datetime | None
    opening_since: dt.date | None = Field(
        default=None,
        description="Of a sale from before the start date whose open balance was brought into QuickBooks: the day of that (S1). "
        "What was received before is in no payment there.",
    )
    opening_balance: Decimal | None = Field(default=None, description="What that invoice is for.")

    @classmethod
    def of(cls, found: Settlement) -> "SettlementOut":
        """As it is shown: amounts with the decimals of their currency."""

        def said(amount: Decimal) -> Decimal:
            return Decimal(written(amount, found.currency)) if found.currency else amount

        causes = [CauseOut(cause=part.cause, amount=said(part.amount), label=part.label) for part in found.causes]
        return cls(
            state=found.state,
            total=said(found.total),
            settled=said(found.settled),
            open=said(found.open),
            currency=found.currency,
            chase=found.chase,
            causes=causes,
            as_of=found.as_of,
            opening_since=found.opening_since,
            opening_balance=said(found.opening_balance) if found.opening_since else None,
        )


@router.get("/{oncord_id}/settlement", summary="How a sale stands")
async def read_sale_settlement(container: ContainerOf, connection_id: ConnectionId, oncord_id: SaleId) -> SettlementOut:
    """How far a sale is settled, from what both systems hold, receipts that wait included.

    `chase` is true only for what is open or partly paid, past due, read within 24 hours, and under no question: nobody
    who has paid is to be reminded. `unknown` is a sale that was never seen, or not on both sides yet.
    """
    return SettlementOut.of(await read_settlement(container, connection_id, oncord_id))
