"""The expense account of a refund that somebody calls goodwill (R5): of the configuration, or as it is said with the answer."""

from app.errors import InvalidInput
from app.services.choices import read_choices
from app.services.configuration_rules import goodwill_fault
from app.services.ports import ServiceContainer
from app.storage.connections.connections import Connection


async def check_account(container: ServiceContainer, connection_id: str, account_id: str) -> None:
    """Raises `InvalidInput` where a refund cannot be booked to this account; both sides are asked for what may be chosen."""
    _, choices = await read_choices(container, connection_id)
    fault = goodwill_fault(account_id, choices)
    if fault:
        raise InvalidInput("choice-unknown", fault, fields={"choice": fault})


def account_kept(connection: Connection, choice: str | None) -> dict[str, str]:
    """What is kept with the answer: the account that was said with it, nothing where the configuration says which. Raises
    `InvalidInput` where neither does."""
    configured = connection.configuration.goodwill_account if connection.configuration is not None else ""
    if choice is None and not configured:
        words = "Choose the expense account for goodwill in the configuration, or say it with the answer as its choice."
        raise InvalidInput("choice-unknown", words, fields={"choice": words})
    return {"account": choice} if choice is not None else {}
