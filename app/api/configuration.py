"""The configuration of a connection, and what may be chosen for it."""

from fastapi import APIRouter, Depends

from app.api.auth import CallerOf, admit
from app.api.choice_shapes import ChoicesOut
from app.api.configuration_shapes import ConfigurationIn, ConfigurationOut
from app.api.dependencies import ContainerOf
from app.api.problems import responses
from app.api.schemas import ConnectionId
from app.services import configure, overview
from app.services.choices import read_choices, undecided_codes, undecided_receipts, with_entries
from app.services.untaxed import counted_untaxed

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/configuration",
    tags=["configuration"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


@router.get("", summary="Read the configuration")
async def read_configuration(container: ContainerOf, connection_id: ConnectionId) -> ConfigurationOut:
    """What is configured; it may be sent back with PUT after changing it."""
    return ConfigurationOut.of((await overview.read_connection(container, connection_id)).connection)


@router.put("", summary="Configure the connection", responses=responses(400, 409))
async def put_configuration(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: ConfigurationIn
) -> ConfigurationOut:
    """Replace the configuration. Each field at fault is named; nothing is stored then. Every change is kept."""
    connection = await configure.configure(
        container, connection_id, body.wish(), who=caller.actor, auto_sync=body.auto_sync
    )
    return ConfigurationOut.of(connection)


@router.get("/choices", summary="What may be chosen", responses=responses(409))
async def read_configuration_choices(container: ContainerOf, connection_id: ConnectionId) -> ChoicesOut:
    """Payment methods and tax codes of the site; accounts, tax codes and items of the company; what waits for a choice;
    which sales carry lines without a tax code; a suggestion."""
    waiting = await undecided_receipts(container, connection_id)
    codes = await undecided_codes(container, connection_id)
    connection, choices = await read_choices(container, connection_id)
    choices = await with_entries(container, connection, choices)
    untaxed = await counted_untaxed(container, connection_id, choices)
    return ChoicesOut.of(connection, choices, waiting, codes, untaxed)
