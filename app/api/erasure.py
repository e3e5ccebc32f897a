"""Erasing a person: what it will do, and doing it. One request serves the Privacy Act's and the GDPR's right alike."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.api.schemas import ConnectionId, OnSide, example
from app.domain.model.records import Side
from app.services import erasure
from app.services.erasure import SHOWN, Outlook
from app.storage.life.persons import Standing

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/people/{side}/{record_id}/erasure",
    tags=["life of data"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

PersonId = Annotated[
    str,
    Path(max_length=64, description="The id of a contact in Oncord, or of a customer in QuickBooks.", examples=["41"]),
]


class StandingOut(BaseModel):
    """A contact, customer or document that a side still holds; `label` is its name or number, "" where it has none."""

    model_config = example(side="quickbooks", kind="sale", id="145", label="1041")
    side: Side
    kind: Literal["contact", "sale", "receipt"]
    id: str
    label: str


class ErasureOut(BaseModel):
    """Who the person is and what erasing them means: ids of their contacts in Oncord and customers in QuickBooks, how many
    documents and receipts are known of them, and which of these a side still holds (the first of them): what those say there
    stays, there and in this service's copy, until it is taken out or deleted there, which erases it here as well.

    `still_there`: where the person is still a contact or an active customer. Nothing is erased before they are gone there;
    `advice` says how.
    """

    model_config = example(
        name="Ada Byron",
        contacts=["41"],
        customers=["58"],
        documents=6,
        staying=[{"side": "quickbooks", "kind": "sale", "id": "145", "label": "1041"}],
        still_there=[],
        advice="",
        rows=None,
    )
    name: str
    contacts: list[str]
    customers: list[str]
    documents: int
    staying: list[StandingOut]
    still_there: list[StandingOut]
    advice: str
    rows: dict[str, int] | None = Field(
        description="How many rows of each table were emptied; null before it is done.",
        examples=[{"mirror": 2, "link": 1}],
    )

    @classmethod
    def of(cls, outlook: Outlook) -> "ErasureOut":
        """As it is shown."""
        return cls(
            name=outlook.name,
            contacts=list(outlook.contacts),
            customers=list(outlook.customers),
            documents=outlook.documents,
            staying=[_shown(each) for each in outlook.staying[:SHOWN]],
            still_there=[_shown(each) for each in outlook.still_there],
            advice=outlook.advice,
            rows=outlook.emptied,
        )


def _shown(standing: Standing) -> StandingOut:
    return StandingOut.model_validate(
        {"side": standing.side, "kind": standing.kind, "id": standing.id, "label": standing.label}
    )


@router.get("", summary="What erasing a person will do")
async def read_erasure(
    container: ContainerOf, connection_id: ConnectionId, side: OnSide, record_id: PersonId
) -> ErasureOut:
    """Who the person of a contact or customer is, what goes and what stays; nothing is changed."""
    return ErasureOut.of(await erasure.look(container, connection_id, side, record_id))


@router.post("", summary="Erase a person", responses=responses(409))
async def erase_person(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, side: OnSide, record_id: PersonId
) -> ErasureOut:
    """Empty whatever this service holds of the person. Numbers, dates, amounts and tax stay for the years that the law asks
    for, and so do ids, so that nothing comes back or is made twice. It cannot be undone.

    Refused (409) while the person is still a contact in Oncord or an active customer in QuickBooks, or a run is under way.
    """
    return ErasureOut.of(await erasure.erase(container, connection_id, side, record_id, who=caller.actor))
