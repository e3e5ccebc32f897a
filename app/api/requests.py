"""The shapes that come in with a body, except for the configuration's."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return text


Printable = Annotated[str, AfterValidator(_printable)]


class Sent(BaseModel):
    """Whatever comes in with a body of this API, or stands in one: a member that it does not have is refused, since a misspelt
    one would otherwise do something else than was meant."""

    model_config = ConfigDict(extra="forbid")


class NewConnection(Sent):
    """An Oncord site to be connected."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "oncord_api_url": "https://shop.example/api/connector/v1",
                    "oncord_token": "the token from the connector's page in Oncord",
                    "name": "Harbour Coffee",
                }
            ]
        }
    )
    oncord_api_url: Annotated[Printable, Field(min_length=1, max_length=2000)]
    oncord_token: Annotated[Printable, Field(min_length=1, max_length=4000)]
    name: Annotated[Printable, Field(max_length=200)] = ""


class ConnectionChanges(Sent):
    """What may be changed of a connection; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Harbour Coffee", "auto_sync": False}]})
    name: Annotated[Printable, Field(min_length=1, max_length=200)] | None = None
    auto_sync: StrictBool | None = None
    oncord_token: Annotated[Printable, Field(min_length=1, max_length=4000)] | None = None
    oncord_api_url: Annotated[Printable, Field(min_length=1, max_length=2000)] | None = None


class LaunchRequest(Sent):
    """A person who is to open the console: a viewer reads, a bookkeeper also synchronises and answers, a merchant also
    configures. `page`: "", "connection", "attention", "configuration", "document-changes", "opening-receivables", or an address
    below `/connections/{connection_id}`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"person": "Jane", "role": "bookkeeper", "page": "attention"}]}
    )
    person: Annotated[Printable, Field(min_length=1, max_length=100, pattern=r"\S")]
    role: Literal["viewer", "bookkeeper", "merchant"]
    page: Annotated[Printable, Field(max_length=200)] = ""


class SyncRequest(Sent):
    """A run to be started. A dry run plans and writes nothing on either side.

    With `plan`, the id of a dry run that has ended, the run does exactly what that has shown, or `only` these operations of it (the
    ids of its lines) with what they need; where something of it has moved since, nothing is written and the run lists what.
    `earlier_periods`: that a locked or an earlier reporting period moves is meant.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"dry_run": False},
                {"dry_run": True},
                {"plan": "run_01h2xd1m8kq4w7r0p400", "only": ["op_01h2xd1m8kq4w7r0p700"], "earlier_periods": False},
            ]
        }
    )
    dry_run: StrictBool = False
    plan: Annotated[Printable, Field(min_length=1, max_length=64)] | None = None
    only: (
        Annotated[list[Annotated[Printable, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=200)]
        | None
    ) = None
    earlier_periods: StrictBool = False


class AnswerToMany(Sent):
    """One answer to several attention items, each by its id: one of the `actions` that all of them have."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": ["att_01h2xd1m8kq4w7r0p600"], "action": "dismiss"}]}
    )
    items: Annotated[
        list[Annotated[Printable, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=200)
    ]
    action: Annotated[Printable, Field(min_length=1, max_length=64)]


class Answer(Sent):
    """What to do about an attention item: one of its `actions`; with `choose`, the id of one of its `choices`, with `goodwill`
    that of an expense account, with `pay_back` that of an account that a payment method is mapped to.

    `count`: where an item asks about many pairs, how many of them were seen; with others there by now it is a 409.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "retry"}, {"action": "choose", "choice": "58"}]}
    )
    action: Annotated[Printable, Field(min_length=1, max_length=64)]
    choice: Annotated[Printable, Field(min_length=1, max_length=200)] | None = None
    count: Annotated[StrictInt, Field(ge=0)] | None = None
