"""Keys of one connection: made, listed, rotated and ended. A secret is shown once, when it is made."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import Printable, Sent
from app.api.schemas import A_LIST, ConnectionId, example
from app.services import keys
from app.services.callers import Scope
from app.services.keys import OVERLAP_HOURS, ShownKey
from app.storage.people.api_keys import ApiKey

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/keys",
    tags=["keys"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

KeyId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The key's id.", examples=["key_01h2xd1m8kq4w7r0p7bb"])
]
_EXAMPLE = {
    "id": "key_01h2xd1m8kq4w7r0p7bb",
    "name": "Oncord, nightly",
    "scopes": ["read", "sync"],
    "created_at": "2026-11-22T01:00:00Z",
    "created_by": "API key",
    "ends_at": "2027-11-22T01:00:00Z",
    "ended_by": "",
    "last_used_at": None,
    "previous_ends_at": None,
}


class NewKey(Sent):
    """A key to be made. Scopes do not contain each other; nobody gives away one that they have not got."""

    model_config = example(name="Oncord, nightly", scopes=["read", "sync"], ends_at="2027-11-22T01:00:00Z")
    name: Annotated[Printable, Field(min_length=1, max_length=100)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    ends_at: AwareDatetime | None = None
    """When it ends by itself; left out: in a year."""


class Rotation(Sent):
    """How long the present secret is good beside the new one, and when the key ends (left out: in a year)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})
    overlap_hours: Annotated[int, Field(ge=0, le=24 * 30)] = OVERLAP_HOURS
    ends_at: AwareDatetime | None = None


class KeyOut(BaseModel):
    """A key without its secret. It has ended where `ends_at` is past; `ended_by` says who ended it before its time.

    `previous_ends_at`: until when the secret before the last rotation is good, too.
    """

    model_config = example(**_EXAMPLE)
    id: str
    name: str
    scopes: list[Scope]
    created_at: dt.datetime
    created_by: str
    ends_at: dt.datetime
    ended_by: str
    last_used_at: dt.datetime | None
    previous_ends_at: dt.datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """As it is shown."""
        return cls(**{name: getattr(key, name) for name in KeyOut.model_fields})


class ShownKeyOut(KeyOut):
    """A key with its secret, in `key`: nobody sees it a second time."""

    model_config = example(**_EXAMPLE, key="oqk_7Jx0m3vKq1yT5sZ8bN2cR4dF6gH9jL1pW3eU5iO7aSk")
    key: str

    @classmethod
    def with_secret(cls, shown: ShownKey) -> "ShownKeyOut":
        """As it is shown, once."""
        return cls(**KeyOut.of(shown.key).model_dump(), key=shown.secret)


class Keys(BaseModel):
    """The keys of a connection, the newest first."""

    model_config = A_LIST
    items: list[KeyOut]


@router.get("", summary="List the keys of a connection", responses=csv_of(Keys, name="keys"))
@also_as_csv("keys")
async def list_keys(container: ContainerOf, connection_id: ConnectionId) -> Keys:
    """Which keys there are and were, what they may do, when they end, and when they were used last."""
    return Keys(items=[KeyOut.of(each) for each in await keys.list_keys(container, connection_id)])


@router.post("", status_code=201, summary="Make a key of a connection", responses=responses(409))
async def make_key(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: NewKey) -> ShownKeyOut:
    """A key for this connection alone; `key` is its secret, shown here and never again."""
    made = await keys.make_key(
        container, connection_id, name=body.name, scopes=body.scopes, ends_at=body.ends_at, caller=caller
    )
    return ShownKeyOut.with_secret(made)


@router.post("/{key_id}/rotate", summary="Give a key a new secret", responses=responses(409))
async def rotate_key(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, key_id: KeyId, body: Rotation | None = None
) -> ShownKeyOut:
    """Both secrets are good for `overlap_hours`, so that whoever uses the key may change over in peace."""
    chosen = body or Rotation()
    rotated = await keys.rotate_key(
        container,
        connection_id,
        key_id,
        overlap=dt.timedelta(hours=chosen.overlap_hours),
        ends_at=chosen.ends_at,
        caller=caller,
    )
    return ShownKeyOut.with_secret(rotated)


@router.delete("/{key_id}", status_code=204, summary="End a key")
async def end_key(container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, key_id: KeyId) -> None:
    """The key is good no more, from this moment on, and neither is the secret before its last rotation."""
    await keys.end_key(container, connection_id, key_id, caller=caller)
