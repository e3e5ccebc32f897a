"""The differences that stand now, whichever comparison has found them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.schemas import A_LIST, ConnectionId, example
from app.services import tie_outs
from app.tieout.causes import WHAT_TO_DO, WORDS, Cause

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/differences",
    tags=["tie-outs"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


class DifferenceOut(BaseModel):
    """One difference, with its amount (a decimal string in `currency`, QuickBooks less Oncord) and its cause.

    `what` differs of a `kind` (`sale`, `receipt`; `figure`: records do not add up to it), and both sides say this of it. `overdue` says why
    it is, "" where it is not.
    """

    model_config = example(
        kind="sale",
        what="total",
        number="1041",
        who="Ada Byron",
        date="2026-10-12",
        currency="AUD",
        oncord="44.00",
        quickbooks="55.00",
        amount="11.00",
        cause="locked",
        words=WORDS[Cause.LOCKED],
        why="The books are locked up to 31 Oct 2026.",
        advice=WHAT_TO_DO[Cause.LOCKED],
        oncord_id="1041",
        quickbooks_id="145",
        overdue="",
    )
    kind: str
    what: str
    number: str
    who: str
    date: str
    currency: str
    oncord: str
    quickbooks: str
    amount: str
    cause: Annotated[str, Field(json_schema_extra={"enum": [cause.value for cause in Cause]})]
    words: str
    """The cause in words."""
    why: str
    advice: str
    """What to do about it."""
    oncord_id: str
    quickbooks_id: str
    overdue: str

    @classmethod
    def of(cls, line: dict[str, Any]) -> "DifferenceOut":
        """As it is shown."""
        cause = Cause(line["cause"])
        said = {"words": WORDS[cause], "advice": WHAT_TO_DO[cause], "overdue": line.get("overdue", "")}
        known = {name: line[name] for name in cls.model_fields if name not in said}
        return cls(**known, **said)


class Differences(BaseModel):
    """Differences, those without a cause first."""

    model_config = A_LIST
    items: list[DifferenceOut]


@router.get("", summary="List the differences that stand now", responses=csv_of(Differences, name="differences"))
@also_as_csv("differences")
async def list_differences(container: ContainerOf, connection_id: ConnectionId) -> Differences:
    """What both sides differ in as of now, the first 200 of them; how many there are says the connection (`agreement`), and a
    certificate has all of its own days that there were when it was taken."""
    found = await tie_outs.list_standing(container, connection_id)
    return Differences(items=[DifferenceOut.of(line) for line in found])
