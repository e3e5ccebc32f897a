"""Consent at QuickBooks: out with a single-use state, back with a code, and only then a company is joined.

The state is bound to one connection and to the browser (a cookie) that set out; the database knows digests only.
The realm id of the callback is believed only after the company itself has answered to the new token.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Never

import psycopg
from psycopg.errors import UniqueViolation
from psycopg_pool import PoolTimeout

from app.domain.guards.grant_age import TokenPair
from app.domain.model.actor import Actor
from app.domain.model.exchange import SideFacts
from app.errors import Conflict, InvalidInput, OutsideError, Rejection, Remedy, Unauthorised, Unavailable, Unreachable
from app.log import get
from app.services.callers import OPERATOR
from app.services.connect import facts_to_json, resting_state, run_after_return
from app.services.local_addresses import local_address
from app.services.permits import JOIN, record_refusal
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections import archive, connections, oauth_states
from app.storage.connections.connections import Connection
from app.storage.database import EVERY_CONNECTION, Presented, Transaction
from app.storage.people import audit

STATE_LASTS = timedelta(minutes=30)
"""Long enough for a sign-in with a second factor; Intuit's code itself lasts about ten minutes."""

CONNECTED = "connected"

_log = get(__name__)


@dataclass(frozen=True, slots=True)
class ConsentRequest:
    """Where the browser goes, and the cookie that it must bring back."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Callback:
    """What the consent page sent the browser back with."""

    state: str
    code: str = ""
    realm_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class ConsentResult:
    """How a way back ended: `outcome` is "connected" or the type of a problem, `words` say it to a person."""

    outcome: str
    words: str
    connection_id: str = ""
    return_to: str = ""


def redirect_uri(container: ServiceContainer) -> str:
    """The address that must be registered with the Intuit app, letter for letter."""
    return f"{container.public_url}/oauth/quickbooks/callback"


async def set_out(
    container: ServiceContainer, connection_id: str, *, who: Actor, cookie: str = "", return_to: str = ""
) -> ConsentRequest:
    """Make a state for the consent page. A browser that has a cookie of ours keeps it: two tabs may both come back."""
    state, cookie = container.secret(), cookie if len(cookie) == 43 else container.secret()
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        await oauth_states.forget(tx, now - timedelta(days=7))
        await oauth_states.put(
            tx, connection_id, state=state, cookie=cookie, return_to=local_address(return_to), who=who, now=now
        )
    return ConsentRequest(container.oauth.authorise_url(state=state, redirect_uri=redirect_uri(container)), cookie)


async def come_back(container: ServiceContainer, callback: Callback, cookie: str) -> ConsentResult:
    """Finish what `set_out` began: the company is joined and its grant stored, or the arrival says why not, and it is written down."""
    try:
        taken = await _taken(container, callback.state, cookie)
    except Rejection as rejection:
        return ConsentResult(rejection.type, rejection.detail)
    try:
        connection = await _join(container, taken.connection_id, callback, taken.who)
    except Rejection as rejection:
        await record_refusal(container, taken.who, taken.connection_id, JOIN, {"refused_as": rejection.type})
        return ConsentResult(rejection.type, rejection.detail, taken.connection_id, taken.return_to)
    company = ((connection.facts or {}).get("quickbooks") or {}).get("name", "")
    words = f'"{company}" is connected.'
    if connection.configuration is None:
        words += " Next: configure what goes where, then synchronise for the first time."
    return ConsentResult(CONNECTED, words, connection.id, taken.return_to)


async def _taken(container: ServiceContainer, state: str, cookie: str) -> oauth_states.Taken:
    now = container.clock.now()
    async with container.database.transaction(Presented(oauth_states.digest(state))) as tx:
        taken = await oauth_states.take(tx, state, now)
    if taken is None:
        raise Conflict(
            "oauth-state-unknown", "This way back from QuickBooks was used already. Begin again with Connect."
        )
    if not hmac.compare_digest(taken.cookie_digest, oauth_states.digest(cookie)):
        raise Conflict(
            "oauth-other-browser", "The connection was begun in another browser. Begin again with Connect in this one."
        )
    if taken.created_at + STATE_LASTS < now:
        raise Conflict(
            "oauth-state-expired", "It took too long to come back from QuickBooks. Begin again with Connect."
        )
    return taken


async def _join(container: ServiceContainer, connection_id: str, callback: Callback, who: Actor) -> Connection:
    if callback.error:
        raise Conflict(
            "consent-denied",
            "Access was not given at QuickBooks, so nothing has changed. Begin again with Connect when you are ready.",
        )
    realm_id = callback.realm_id
    if not callback.code or not (realm_id.isascii() and realm_id.isdigit() and len(realm_id) <= 20):
        raise InvalidInput("oauth-callback-incomplete", "QuickBooks sent no company back. Begin again with Connect.")
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        connection = await require_connection(tx, connection_id)
        _refuse_another_than_its_own(connection, realm_id, "")
        is_free = await _is_free(tx, connection, realm_id)
    if not is_free:
        await _refuse_without_a_grant(container, who)
    pair = await _exchanged(container, callback.code)
    try:
        connection = await _joined(container, connection_id, realm_id, pair, who)
    except Exception:
        await _give_back(container, connection_id, realm_id, pair)
        raise
    if connection.state == "ready":
        await container.waker.wake(connection_id)
    return connection


async def _joined(
    container: ServiceContainer, connection_id: str, realm_id: str, pair: TokenPair, who: Actor
) -> Connection:
    """Ask the company itself with its new token, and store both; whatever goes wrong, nothing is stored."""
    facts = await _company_facts(container, realm_id, pair)
    try:
        # Restoring may move rows from an archived connection to this one, hence about every connection.
        async with container.database.transaction(EVERY_CONNECTION) as tx:
            connection = await require_connection(tx, connection_id, lock=True)
            _refuse_another_than_its_own(connection, realm_id, facts.name)
            if not await _is_free(tx, connection, realm_id):
                raise _second_company()
            return await _store(container, tx, connection, realm_id, pair, facts, who)
    except UniqueViolation:
        raise _second_company() from None


async def _give_back(container: ServiceContainer, connection_id: str, realm_id: str, pair: TokenPair) -> None:
    """Revoke the tokens of a join that failed, so that nobody's keep working unseen.

    Not while a connection works with this company: revoking ends every grant of it (docs/quickbooks.md 1).
    """
    try:
        async with container.database.transaction(EVERY_CONNECTION) as tx:
            living = await connections.live_for_company(tx, realm_id)
        if living is not None and await container.grants.lives(living.id):
            _log.info("a failed join left its tokens, since the company is connected", connection=connection_id)
            return
        await container.oauth.revoke(pair.refresh_token)
    except (OutsideError, psycopg.Error, PoolTimeout) as error:
        _log.warning("the tokens of a failed join could not be revoked", connection=connection_id, reason=repr(error))


async def _exchanged(container: ServiceContainer, code: str) -> TokenPair:
    try:
        return await container.oauth.exchange(code, redirect_uri(container))
    except Unauthorised as error:
        raise _not_joined() from error
    except OutsideError as error:
        raise Unavailable("quickbooks-unreachable", str(error)) from error


async def _refuse_without_a_grant(container: ServiceContainer, who: Actor) -> Never:
    """Refuse to join a company that another connection works with. Its code stays unused, since with it QuickBooks would give a second
    grant of that company.

    The number of a company and a code are easily made up: whoever does not see all connections is told what those are told whose
    code is none, after as long.
    """
    if who.role == OPERATOR:
        raise _second_company()
    await _exchanged(container, container.secret())
    raise _not_joined()


async def _company_facts(container: ServiceContainer, realm_id: str, pair: TokenPair) -> SideFacts:
    try:
        return await container.company_with(realm_id, pair.access_token).facts()
    except Unreachable as error:
        raise Unavailable("quickbooks-unreachable", f"{error.message} Begin again with Connect in a moment.") from error
    except OutsideError as error:
        raise Conflict("company-unreadable", f"The company could not be read: {error}") from error


def _refuse_another_than_its_own(connection: Connection, realm_id: str, company_name: str) -> None:
    if connection.realm_id and connection.realm_id != realm_id:
        own_name = ((connection.facts or {}).get("quickbooks") or {}).get("name") or "another company"
        chosen = f'"{company_name}" ({realm_id})' if company_name else f"company {realm_id}"
        raise Conflict(
            "wrong-company",
            f'This connection belongs to "{own_name}" ({connection.realm_id}), but {chosen} was chosen at QuickBooks.'
            " Connect again and choose the first one. To join another company instead, start over: that sets the"
            " links to the old company aside.",
            extra={"realm_id": connection.realm_id},
        )


async def _is_free(tx: Transaction, connection: Connection, realm_id: str) -> bool:
    """Whether no other connection works with a company."""
    other = await connections.live_for_company(tx, realm_id)
    return other is None or other.id == connection.id


async def _store(
    container: ServiceContainer,
    tx: Transaction,
    connection: Connection,
    realm_id: str,
    pair: TokenPair,
    facts: SideFacts,
    who: Actor,
) -> Connection:
    now = container.clock.now()
    again = bool(connection.realm_id)
    restored = (
        None if again else await connections.last_archived(tx, connection.oncord_api_url, connection.site_id, realm_id)
    )
    if restored is not None:
        await archive.move(tx, restored.id, connection.id)
        connection = replace(
            connection,
            configuration=connection.configuration or restored.configuration,
            configuration_version=max(connection.configuration_version, restored.configuration_version),
        )
    connection = replace(
        connection,
        realm_id=realm_id,
        company_generation=connection.company_generation + 1,
        facts={**(connection.facts or {}), "quickbooks": facts_to_json(facts)},
        connected_at=now,
    )
    connection = await connections.save(tx, _at_rest(connection), now)
    await container.grants.put(tx, connection.id, pair, now)
    action = "quickbooks.restored" if restored else "quickbooks.reconnected" if again else "quickbooks.connected"
    detail = {"realm_id": realm_id, "company": facts.name}
    await audit.record(tx, connection.id, at=now, who=who, action=action, detail=detail)
    await run_after_return(container, tx, connection, who)
    return connection


def _at_rest(connection: Connection) -> Connection:
    """The connection as it stands once access is given at QuickBooks: what is wrong with its site stays to be mended."""
    if connection.remedy in (Remedy.SITE_TOKEN, Remedy.SITE_ADDRESS):
        return connection
    return replace(connection, state=resting_state(connection), state_reason="", remedy="", probe_at=None)


def _not_joined() -> Conflict:
    return Conflict(
        "company-not-joined",
        "The company could not be joined. Either this consent was used already, or has expired: begin again with Connect. Or the company"
        " is with another Oncord site: choose another company, or remove that connection first.",
    )


def _second_company() -> Conflict:
    return Conflict(
        "company-already-connected",
        "This QuickBooks company is connected to another Oncord site already. Remove that connection first,"
        " or choose another company.",
    )
