"""What is stored sealed: whether the keys that are there open it, and sealing it anew so that a key can be taken away."""

from dataclasses import dataclass

from app import log
from app.storage.connections import sealed
from app.storage.connections.sealed import SealedBy
from app.storage.connections.vault import Vault
from app.storage.database import EVERY_CONNECTION, Database

ROWS_AT_ONCE = 100
"""Locked together for a few milliseconds, so that nobody who stores a token notices."""

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class SealedAnew:
    """What a rotation came to: how many secrets, and the connections of which something could not be opened."""

    secrets: int
    unopenable: tuple[str, ...]


async def by_key(database: Database, vault: Vault) -> list[SealedBy]:
    """How many secrets each key seals: every key that is there, the newest first, then those that are not."""
    async with database.transaction(EVERY_CONNECTION) as tx:
        found = {each.key_id: each for each in await sealed.by_key(tx, vault)}
    known = [found.pop(key_id, SealedBy(key_id, 0, 0, True)) for key_id in vault.key_ids]
    return [*known, *found.values()]


async def seal_anew(database: Database, vault: Vault) -> SealedAnew:
    """Seal every stored secret under the newest key, some rows at a time, beside everything that is at work.

    It can be stopped anywhere and begun again: what is sealed under the newest key is left as it is, and so is what cannot be
    opened. Raises `VaultError` where there is no key.
    """
    vault.insist_on_a_key()
    count, unopenable = 0, list[str]()
    for seal_some in (sealed.seal_sites_anew, sealed.seal_grants_anew, sealed.seal_recipients_anew):
        after = None
        while after != "":
            async with database.transaction(EVERY_CONNECTION) as tx:
                batch = await seal_some(tx, vault, after or "", ROWS_AT_ONCE)
            count += batch.sealed_anew
            unopenable += batch.unopenable
            after = batch.last
    return SealedAnew(count, tuple(dict.fromkeys(unopenable)))


async def what_is_amiss(database: Database, vault: Vault) -> str:
    """The stored secrets that the keys do not open, with what to do, in a sentence or two; "" where there are none."""
    closed = [each for each in await by_key(database, vault) if not each.opens]
    if not closed:
        return ""
    lacking = [
        f"{each.secrets} of {each.connections} {'connection' if each.connections == 1 else 'connections'} by"
        f" '{each.key_id}', {_what_of(each, vault)}"
        for each in closed
    ]
    return (
        f"stored secrets are sealed with keys that do not open them: {'; '.join(lacking)}. Put such a key back behind the"
        " first one of ENCRYPTION_KEYS, start anew, and run `python -m app.keys seal-anew` before taking it away. Where it is"
        " lost, give each site's token again and connect QuickBooks again."
    )


def _what_of(each: SealedBy, vault: Vault) -> str:
    return "which is another key here" if each.key_id in vault.key_ids else "which is not in ENCRYPTION_KEYS"


async def tell_what_is_amiss(database: Database, vault: Vault) -> None:
    """Say so in the log when a process starts; whoever starts it waits for nothing."""
    try:
        amiss = await what_is_amiss(database, vault)
    except Exception as error:  # noqa: BLE001 - a database that is away or empty is told of elsewhere
        _log.info("whether the keys open what is stored could not be looked at", reason=type(error).__name__)
        return
    if amiss:
        _log.error("stored secrets cannot be opened", setting="ENCRYPTION_KEYS", advice=amiss)
