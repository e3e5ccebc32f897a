"""Opening receivables (S1): sales from before the start date that were open on it, answered one by one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import Printable, Sent
from app.api.schemas import ConnectionId, Cursor, Limit, example
from app.domain.model.currencies import written
from app.domain.model.opening import OpeningChoice
from app.services.opening import Listed, answer_opening, list_openings
from app.storage.paging import DEFAULT_LIMIT, Page

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/opening-receivables",
    tags=["sales"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 409, 422, 503),
)

SaleId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="The sale's id in Oncord.", examples=["1041"])
]


class OpenDocumentOut(BaseModel):
    """An open invoice of the customer in QuickBooks that no sale of Oncord belongs to."""

    id: str
    number: str
    date: str
    currency: str
    total: str
    open: str


class OpenSaleOut(BaseModel):
    """A sale that was open on the start date and has no document: its total, what was open of it then, what was said of it by
    itself (null: what the configuration says of all), and why it waits."""

    sale_id: str
    number: str
    date: str
    customer: str
    currency: str
    total: str
    open: str
    choice: str | None
    document_id: str | None
    why: str
    documents: list[OpenDocumentOut]

    @classmethod
    def of(cls, listed: Listed) -> "OpenSaleOut":
        """As it is shown."""
        sale = listed.sale
        return cls(
            sale_id=sale.sale_id,
            number=sale.number,
            date=sale.date[:10],
            customer=sale.name,
            currency=sale.currency,
            total=written(sale.total, sale.currency),
            open=written(sale.open_then, sale.currency),
            choice=sale.choice or None,
            document_id=sale.document_id or None,
            why=sale.why,
            documents=[
                OpenDocumentOut(id=d.id, number=d.number, date=d.date, currency=d.currency, total=d.total, open=d.open)
                for d in listed.documents
            ],
        )


class OpenSalesOut(BaseModel):
    """A page of them."""

    model_config = example(
        items=[
            {
                "sale_id": "1041",
                "number": "1041",
                "date": "2026-06-12",
                "customer": "Ada Byron",
                "currency": "AUD",
                "total": "110.00",
                "open": "44.00",
                "choice": None,
                "document_id": None,
                "why": "It was open on the start date.",
                "documents": [
                    {
                        "id": "130",
                        "number": "1041",
                        "date": "2026-06-12",
                        "currency": "AUD",
                        "total": "110.00",
                        "open": "44.00",
                    }
                ],
            }
        ],
        next_cursor=None,
    )
    items: list[OpenSaleOut]
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: Page[Listed]) -> "OpenSalesOut":
        """As it is shown."""
        return cls(items=[OpenSaleOut.of(each) for each in page.items], next_cursor=page.next_cursor)


class OpeningIn(Sent):
    """What becomes of one of them."""

    model_config = example(choice="match", document_id="130")
    choice: OpeningChoice = Field(
        description="`create`: an invoice of its own date. `bring_in`: what was open of it, as an opening balance on the start "
        "date and outside tax. `match`: it is the invoice `document_id`. `left_out`: it stays in Oncord with what pays it. "
        "`undecided`: as the configuration says of all of them."
    )
    document_id: Annotated[Printable, Field(max_length=64)] = ""


@router.get("", summary="List opening receivables", responses=csv_of(OpenSalesOut, name="opening-receivables"))
@also_as_csv("opening-receivables")
async def list_opening_receivables(
    container: ContainerOf, connection_id: ConnectionId, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> OpenSalesOut:
    """The sales from before the start date that were open on it and have no document yet, each beside the customer's open
    invoices in QuickBooks. They are asked about once, in the configuration (`opening_receivables`)."""
    return OpenSalesOut.of(await list_openings(container, connection_id, limit, cursor))


@router.post("/{sale_id}", summary="Answer for one opening receivable", status_code=204, responses=responses(400))
async def answer_opening_receivable(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, sale_id: SaleId, said: OpeningIn
) -> None:
    """Say of one of these sales what becomes of it, whatever the configuration says of all. The next run carries it out."""
    await answer_opening(container, connection_id, sale_id, said.choice, said.document_id, who=caller.actor)
