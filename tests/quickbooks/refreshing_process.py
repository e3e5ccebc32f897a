"""A process of its own in which many tasks want an access token at once; driven over stdin and stdout.

Arguments: database address, simulator address, client id, client secret, number of tasks. A line on stdin names the
access token to be rid of (empty: whichever is good); the answer is a JSON list of what each task got.
"""

import asyncio
import json
import random
import sys

import httpx

from app.errors import OutsideError
from app.quickbooks.http.oauth import OAuth
from app.quickbooks.http.tokens import Tokens
from app.runtime import Ids, SystemClock
from app.storage.connections.tokens import Tokens as TokenRows
from app.storage.connections.vault import Vault
from app.storage.database import Database

KEY = "k1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="


def token_source(database: Database, http: httpx.AsyncClient, url: str, client_id: str, secret: str) -> Tokens:
    """The service's own token source."""
    clock, chance = SystemClock(), random.SystemRandom()
    oauth = OAuth(
        client_id=client_id,
        client_secret=secret,
        http=http,
        clock=clock,
        authorize_url=f"{url}/connect/oauth2",
        token_url=f"{url}/oauth2/v1/tokens/bearer",
        revoke_url=f"{url}/v2/oauth2/tokens/revoke",
    )
    ids = Ids(clock, chance)
    return Tokens(TokenRows(database, Vault([KEY], chance)), oauth, clock, lambda: ids.new("claim"))


async def one(tokens: Tokens, rejected: str) -> str:
    """What one task gets."""
    try:
        if rejected:
            return await tokens.renewed_token("con_1", rejected)
        return await tokens.access_token("con_1")
    except OutsideError as error:
        return f"error {type(error).__name__} {error}"


async def main(database_url: str, url: str, client_id: str, secret: str, tasks: str) -> None:
    """Answer line after line until stdin ends."""
    database = Database(database_url, size=4)
    await database.open()
    async with httpx.AsyncClient(trust_env=False) as http:
        tokens = token_source(database, http, url, client_id, secret)
        while line := await asyncio.to_thread(sys.stdin.readline):
            found = await asyncio.gather(*(one(tokens, line.strip()) for _ in range(int(tasks))))
            sys.stdout.write(json.dumps(found) + "\n")
            sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
