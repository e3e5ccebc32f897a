"""What Oncord's sites and Intuit post here, and what this service posts to whoever is told, as the document describes it under
`webhooks`: bodies, headers, an example of each.

Only a description: what is posted comes in at `app.api.webhooks`, which reads it leniently and keeps aside what fits neither.
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field

from app.api.document import operation_id
from app.api.problems import responses
from app.api.schemas import CONNECTION_ID_EXAMPLE
from app.domain.messages.topics import Phase, Topic

router = APIRouter(tags=["webhooks"], generate_unique_id_function=operation_id)
"""Routes that nobody can reach: FastAPI describes them, and serves none."""

_ANSWERS: dict[int | str, dict[str, Any]] = {
    **responses(401, 404, 413, 503),
    422: {"description": "Never: a signed body that cannot be read is kept aside, and answered with a 200."},
}

_OF_A_SITE: dict[str, Any] = {
    "type": "sale.saved",
    "timestamp": "2026-11-22T02:00:00Z",
    "data": {
        "entity": "sale",
        "id": "1041",
        "version": "7",
        "action": "saved",
        "merged_ids": [],
        "deleted_with": None,
        "actor": "user",
    },
}
_OF_A_COMPANY: dict[str, Any] = {
    "specversion": "1.0",
    "id": "5a1c5f6e-6b3f-4a69-9d0e-0b8f3f1c2d3e",
    "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
    "type": "qbo.invoice.updated.v1",
    "time": "2026-11-22T02:00:00Z",
    "intuitentityid": "145",
    "intuitaccountid": "4620816365291231570",
    "data": {},
}


_A_MESSAGE: dict[str, Any] = {
    "type": "connection.waiting.begun",
    "timestamp": "2026-11-22T01:00:00+00:00",
    "data": {
        "connection_id": CONNECTION_ID_EXAMPLE,
        "connection_name": "Harbour Coffee",
        "topic": "waiting",
        "phase": "begun",
        "since": "2026-11-22T00:55:00+00:00",
        "title": "A question has waited for a day",
        "summary": "What it is about does not go over before somebody has answered.",
        "lines": ["Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD): Its total was changed on both sides."],
        "advice": "Open the list of work and answer what you can; questions of one kind can be answered together.",
        "url": f"https://sync.example/connections/{CONNECTION_ID_EXAMPLE}/attention",
    },
}


class RecordNamed(BaseModel):
    """A record of the site, by its kind and id."""

    entity: str
    id: str


class SiteChange(BaseModel):
    """One record that has changed. What it holds now is read from the site."""

    entity: str = Field(description="`contact`, `sale` or `receipt`")
    id: str
    version: str
    action: Literal["saved", "deleted", "merged"]
    merged_ids: list[str] = Field(default=[], description="the contacts that became this one")
    deleted_with: RecordNamed | None = Field(default=None, description="the record whose deletion took this one along")
    actor: Literal["user", "system", "connector"]


class SiteEvent(BaseModel):
    """A change at an Oncord site, or several of one type. Its contract is docs/oncord.md 4."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OF_A_SITE]})
    type: str = Field(description="as `sale.saved`: what `data` names, and what happened to it")
    timestamp: str
    data: SiteChange | list[SiteChange]


class CompanyEvent(BaseModel):
    """A change in a QuickBooks company, as a CloudEvent of Intuit's."""

    model_config = ConfigDict(json_schema_extra={"examples": [_OF_A_COMPANY]})
    specversion: str
    id: str
    source: str
    type: str = Field(description="as `qbo.invoice.updated.v1`: an entity of QuickBooks, and what happened to it")
    time: str
    intuitentityid: str
    intuitaccountid: str = Field(description="the company's realm id")
    data: dict[str, Any] = Field(default={}, description="of a merge, the id that has gone (`deletedId`)")


class MessageTold(BaseModel):
    """What has changed, in words: `lines` name documents, people, dates and money; `url` is the page that it is about."""

    connection_id: str = Field(description='"" of a test of the operator\'s own recipient')
    connection_name: str
    topic: Topic
    phase: Phase
    since: str | None
    title: str
    summary: str
    lines: list[str]
    advice: str
    url: str


class MessagePosted(BaseModel):
    """A message to somebody who is told of a connection (`.../recipients`)."""

    model_config = ConfigDict(json_schema_extra={"examples": [_A_MESSAGE]})
    type: str = Field(description="as `connection.blocked.begun`, `connection.summary`, `connection.test`")
    timestamp: str
    data: MessageTold


@router.post(
    "message",
    summary="Somebody is told of a connection",
    responses={
        200: {"description": "Taken; any 2xx is."},
        410: {"description": "Nothing more is wanted: nothing is sent there until somebody resumes it."},
    },
    response_model=None,
)
def post_message(
    body: MessagePosted,
    webhook_id: Annotated[
        str, Header(description="the message's id: the same at each attempt, and when it is sent again")
    ],
    webhook_timestamp: Annotated[str, Header(description="when this attempt was signed, in seconds since 1970")],
    webhook_signature: Annotated[
        str,
        Header(description="`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, by the recipient's secret"),
    ],
) -> None:
    """Posted by this service to the address of a recipient, signed by the Standard Webhooks scheme. What is answered with anything
    but a 2xx within 15 seconds is sent again for a day; redirects are not followed."""


@router.post("oncord", summary="A record of an Oncord site has changed", responses=_ANSWERS, response_model=None)
def post_site_events(
    body: SiteEvent,
    webhook_id: Annotated[str, Header(description="the same at each attempt")],
    webhook_timestamp: Annotated[str, Header(description="when this attempt was signed, in seconds since 1970")],
    webhook_signature: Annotated[
        str, Header(description="`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; several with spaces")
    ],
) -> None:
    """Posted by the site to `/webhooks/oncord/{connection_id}`, signed by the Standard Webhooks scheme with a secret of the
    connection, and repeated until it is answered with a 2xx."""


@router.post(
    "quickbooks", summary="A record of a QuickBooks company has changed", responses=_ANSWERS, response_model=None
)
def post_company_events(
    body: list[CompanyEvent],
    intuit_signature: Annotated[
        str, Header(description="the base64 of HMAC-SHA256 over the body, by the app's verifier token")
    ],
) -> None:
    """Posted by Intuit to `/webhooks/quickbooks`, for one company or for several. The older `eventNotifications` are read, too."""
