"""What is done once when an installation was restored from a backup: every connection is held, and a person told what to look at.

The tables know nothing of what happened after the backup, while it stands on both sides. The first run of a connection finds that
out, joins what belongs together, and asks about the rest (docs/decisions/restored.md); it is started by a person, since the
configuration and the sealed months may be older, too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.domain.model.actor import Actor
from app.errors import InvalidInput, Rejection
from app.services.ports import ServiceContainer
from app.services.site_secrets import tell_site
from app.services.sites import shop_of
from app.storage.connections import connections, restored
from app.storage.connections.vault import VaultError
from app.storage.database import EVERY_CONNECTION
from app.storage.people import attention, audit


@dataclass(frozen=True, slots=True)
class Held:
    """The connections that wait for a person, and the sites that could not be told where to post, with the reason."""

    connections: tuple[str, ...]
    not_told: tuple[tuple[str, str], ...]


async def hold_all(container: ServiceContainer, since: datetime, *, who: Actor) -> Held:
    """Hold every connection of an installation that was restored from a backup which was taken at `since`, and tell each site anew
    where to post and how to sign: its secret may have been changed after the backup.

    Raises `InvalidInput` for a moment that has not come yet.
    """
    now = container.clock.now()
    if since > now:
        raise InvalidInput("backup-moment", "The backup cannot have been taken later than now.")
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        ids = await restored.hold_all(tx, since, now)
        await restored.end_what_was_under_way(tx, now)
        for connection_id in ids:
            detail = {"backup_of": since.isoformat(timespec="seconds")}
            await audit.record(tx, connection_id, at=now, who=who, action="installation.restored", detail=detail)
            await attention.open_item(
                tx,
                connection_id,
                item_id=container.ids.new("att"),
                key=restored.RESTORED,
                kind="restored",
                rule="T5",
                summary=_summary(since),
                advice=_ADVICE,
                actions=("dismiss",),
                now=now,
            )
    return Held(tuple(ids), tuple([each for id_ in ids if (each := await _told(container, id_)) is not None]))


def _summary(since: datetime) -> str:
    return (
        f"This service was restored from a backup of {since.astimezone(UTC):%-d %b %Y, %H:%M} UTC. What happened since stands on both"
        " sides and is not known here; nothing is written before somebody starts a synchronisation, which compares both sides"
        " first."
    )


_ADVICE = (
    "Look at the configuration, which may be older, and seal the months again that were sealed since. Then look at a preview,"
    " synchronise, answer what is asked, and switch automatic synchronisation on again."
)


async def _told(container: ServiceContainer, connection_id: str) -> tuple[str, str] | None:
    """Tell a site where to post; None, or why it does not know."""
    async with container.database.transaction(connection_id) as tx:
        connection = await connections.get(tx, connection_id)
    if connection is None:
        return None
    try:
        await tell_site(container, connection, shop_of(container, connection))
    except (Rejection, VaultError) as error:
        return connection_id, str(error)
    return None
