"""The keys that secrets are sealed with, and other secrets that are renewed, for an operator: `python -m app.keys status | seal-anew | webhook-secret
CONNECTION | api-key CONNECTION NAME`.

How a key is taken out of ENCRYPTION_KEYS: a new one is put in front and every process started anew, `seal-anew` seals all that is
stored under it, `status` shows that the old one seals nothing any more, and every process is started without it. The API and the
workers go on all the while (docs/settings.md).
"""

import argparse
import asyncio
import sys
from datetime import timedelta

from app.container import build_container
from app.domain.model.actor import COMMAND_LINE
from app.errors import Rejection
from app.runtime import Runtime, open_runtime
from app.services import keys, secrets_at_rest, site_secrets
from app.services.callers import EVERY_SCOPE, Caller
from app.settings import Settings, load_settings
from app.storage.connections.sealed import SealedBy
from app.storage.connections.vault import VaultError


def _say(words: object) -> None:
    sys.stdout.write(f"{words}\n")


async def status(runtime: Runtime) -> int:
    """Print how many secrets each key seals; 1 where some are sealed with a key that is not there."""
    found = await secrets_at_rest.by_key(runtime.database, runtime.vault)
    for place, each in enumerate(found):
        _say(f"{each.key_id}: seals {each.secrets} secrets of {each.connections} connections{_remark(each, place)}")
    amiss = await secrets_at_rest.what_is_amiss(runtime.database, runtime.vault)
    if amiss:
        _say(f"Amiss: {amiss}")
    return 1 if amiss else 0


def _remark(each: SealedBy, place: int) -> str:
    if not each.opens:
        return "; it is not in ENCRYPTION_KEYS, or is another one there"
    if place == 0:
        return "; what is sealed from now on is sealed with it"
    return (
        "; it can be taken out of ENCRYPTION_KEYS"
        if not each.secrets
        else "; seal-anew puts the first key in its place"
    )


async def seal_anew(runtime: Runtime) -> int:
    """Seal everything under the newest key; 1 where something cannot be opened, which stays as it is."""
    done = await secrets_at_rest.seal_anew(runtime.database, runtime.vault)
    _say(f"{done.secrets} secrets were sealed anew with the first key of ENCRYPTION_KEYS.")
    if done.unopenable:
        _say(f"Not opened, and left as they are, were secrets of: {', '.join(done.unopenable)}")
    return max(1 if done.unopenable else 0, await status(runtime))


async def webhook_secret(runtime: Runtime, connection_id: str) -> int:
    """Have the site of a connection sign its events with a new secret."""
    try:
        connection = await site_secrets.rotate(build_container(runtime), connection_id, who=COMMAND_LINE)
    except Rejection as refusal:
        _say(refusal.detail)
        return 1
    _say(f'"{connection.name}" signs with a new secret; the one before is not accepted any more.')
    return 0


async def api_key(runtime: Runtime, connection_id: str, name: str) -> int:
    """Give the key of this name a new secret, which is printed once; the one before is good for a day longer."""
    container, caller = build_container(runtime), _caller()
    try:
        listed = await keys.list_keys(container, connection_id)
        found = next((each for each in listed if each.name == name and each.ends_at > runtime.clock.now()), None)
        if found is None:
            _say("This connection has no key of this name that is good.")
            return 1
        overlap = timedelta(hours=keys.OVERLAP_HOURS)
        shown = await keys.rotate_key(container, connection_id, found.id, overlap=overlap, ends_at=None, caller=caller)
    except Rejection as refusal:
        _say(refusal.detail)
        return 1
    _say(f'"{name}" has a new secret, which is shown this once; the one before is good for a day longer.')
    _say(shown.secret)
    return 0


def _caller() -> Caller:
    return Caller(COMMAND_LINE.name, COMMAND_LINE.role, EVERY_SCOPE)


async def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """Do what was asked, with the settings of the service."""
    async with open_runtime(settings) as runtime:
        if arguments.command == "status":
            return await status(runtime)
        if arguments.command == "seal-anew":
            return await seal_anew(runtime)
        if arguments.command == "webhook-secret":
            return await webhook_secret(runtime, arguments.connection)
        return await api_key(runtime, arguments.connection, arguments.name)


def main(words: list[str]) -> int:
    """Read the command line and do it; answers the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m app.keys", description="The keys that secrets are sealed with.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="how many secrets each key of ENCRYPTION_KEYS still seals")
    commands.add_parser("seal-anew", help="seal every secret under the first key, beside everything that is at work")
    site = commands.add_parser("webhook-secret", help="have a site sign its events with a new secret")
    site.add_argument("connection", help="the id of its connection, con_...")
    key = commands.add_parser("api-key", help="give a key of a connection a new secret")
    key.add_argument("connection", help="the id of its connection, con_...")
    key.add_argument("name", help="what the key is called")
    try:
        return asyncio.run(run(load_settings(), parser.parse_args(words)))
    except VaultError as error:
        _say(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
