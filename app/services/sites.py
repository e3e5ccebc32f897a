"""Joined sites, by their connections; and whether one may be joined: it answers to its token, has what is needed, and is the one
that it was."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from app.domain.model.exchange import SideFacts
from app.errors import InvalidInput, NotFound, OutsideError, Unauthorised, Unavailable, Unreachable
from app.services.callers import no_connection
from app.services.ports import ServiceContainer, Shop
from app.storage.connections import connections
from app.storage.connections.connections import Connection, token_context
from app.storage.database import Transaction

NEEDED_FEATURES = ("commerce", "marketing")


async def require_connection(tx: Transaction, connection_id: str, *, lock: bool = False) -> Connection:
    """A live connection. Raises `NotFound` where there is none of this id."""
    connection = await connections.get(tx, connection_id, lock=lock)
    if connection is None:
        raise no_connection()
    return connection


async def require_ever(tx: Transaction, connection_id: str) -> None:
    """Raises `NotFound` where there never was a connection of this id; one that was removed will do."""
    if not await connections.exists(tx, connection_id):
        raise NotFound("connection-not-found", "There is no connection with this id, and there never was.")


def shop_of(container: ServiceContainer, connection: Connection) -> Shop:
    """The Oncord site of a connection. Raises `VaultError` where its token cannot be opened."""
    token = container.vault.open(connection.oncord_token, token_context(connection.id))
    return container.shop(connection.id, connection.oncord_api_url, token)


async def facts_of(shop: Shop) -> SideFacts:
    """What a site says of itself, once it has what is needed.

    Raises `InvalidInput` for a token or address that does not work, `Unavailable` where nothing answers.
    """
    try:
        facts = await shop.facts()
    except Unauthorised as error:
        raise InvalidInput(
            "oncord-token-refused",
            "The site does not accept this token. Copy it again from the connector's page in Oncord.",
            fields={"oncord_token": "refused by the site"},
        ) from error
    except Unreachable as error:
        raise Unavailable(
            "oncord-unreachable", f"{error.message} Check the address, or try again in a moment."
        ) from error
    except OutsideError as error:
        raise InvalidInput("oncord-site-unusable", str(error), fields={"oncord_api_url": error.message}) from error
    missing = [feature for feature in NEEDED_FEATURES if feature not in facts.features]
    if missing:
        raise InvalidInput(
            "oncord-features-missing",
            f"This integration needs Oncord's Commerce and Marketing features. {_switch_on(missing)}",
            fields={"oncord_api_url": f"without {' and '.join(missing)}"},
            extra={"missing_features": missing},
        )
    return facts


def _switch_on(missing: Iterable[str]) -> str:
    named = " and ".join(feature.capitalize() for feature in missing)
    return f"Ask Oncord to switch on {named} for this site, then connect it again."


def known_id(connection: Connection) -> str:
    """What the site of a connection has said that it is; "" where it never said."""
    return connection.site_id or str(((connection.facts or {}).get("oncord") or {}).get("id") or "")


def refuse_other_site(connection: Connection, facts: SideFacts, address: str) -> None:
    """Let nobody but the site itself take its connection on; raises `InvalidInput` for another one. What does not say who it is
    stays where it was."""
    before = known_id(connection)
    if before and facts.id and before != facts.id:
        raise InvalidInput(
            "oncord-other-site",
            "Another site answers at this address. Make a connection of its own for it.",
            fields={"oncord_api_url": f"site {facts.id}, not {before}"},
        )
    known_place = address == connection.oncord_api_url if before else _same_host(address, connection.oncord_api_url)
    if not (before and facts.id) and not known_place:
        raise InvalidInput(
            "oncord-site-unknown",
            "It cannot be told whether this is the same site: its connector did not say the site's id,"
            f" {'now' if before else 'where it was before'}. Bring the connector up to date there and give its token again,"
            " or make a new connection for this address.",
            fields={"oncord_api_url": "it cannot be told whether this is the same site"},
        )


def _same_host(one: str, other: str) -> bool:
    """Whether two addresses lead to one host by one protocol; the port may differ, as a path may."""
    parts, others = urlsplit(one), urlsplit(other)
    return (parts.scheme, parts.hostname) == (others.scheme, others.hostname)


def keep_token_from_others(known: str, address: str) -> None:
    """Raises `InvalidInput` where an address leads elsewhere than the known one: the stored token is not sent there."""
    parts, others = urlsplit(known), urlsplit(address)
    if (parts.scheme, parts.netloc) != (others.scheme, others.netloc):
        raise InvalidInput(
            "oncord-token-needed",
            "The site's token is sent to no other host than before. Give a token with the new address: it stands on the"
            " connector's page in Oncord.",
            fields={"oncord_token": "needed, since the address leads to another host"},
        )


def usable_token(token: str) -> str:
    """The token as it was meant; raises InvalidInput for what no HTTP header can carry."""
    tidied = token.strip()
    if not tidied or not all("!" <= letter <= "~" for letter in tidied):
        raise InvalidInput(
            "oncord-token-unusable",
            "This is no token: one has plain letters, digits and signs, without spaces and accents. Copy it again from the"
            " connector's page in Oncord.",
            fields={"oncord_token": "holds characters that no token has"},
        )
    return tidied
