"""A state is good once, and the database holds no value that would let anybody in."""

from app.domain.model.actor import Actor
from app.storage.connections import oauth_states
from app.storage.database import Transaction
from tests.storage.rows import a_connection, at

ANN = Actor("Ann", "merchant", "203.0.113.0/24")


async def test_a_state_is_taken_once(tx: Transaction) -> None:
    await a_connection(tx)
    await oauth_states.put(tx, "con_1", state="s3cret", cookie="c00kie", return_to="/x", who=ANN, now=at(0))

    taken = await oauth_states.take(tx, "s3cret", at(1))

    assert taken == oauth_states.Taken("con_1", oauth_states.digest("c00kie"), "/x", at(0), ANN)
    assert await oauth_states.take(tx, "s3cret", at(2)) is None
    assert await oauth_states.take(tx, "unknown", at(2)) is None


async def test_only_digests_are_stored(tx: Transaction) -> None:
    await a_connection(tx)
    await oauth_states.put(tx, "con_1", state="s3cret", cookie="c00kie", return_to="", who=ANN, now=at(0))

    row = await (await tx.execute("SELECT * FROM oauth_state ORDER BY state_digest")).fetchone()

    assert "s3cret" not in str(row)
    assert "c00kie" not in str(row)


async def test_old_states_are_forgotten(tx: Transaction) -> None:
    await a_connection(tx)
    await oauth_states.put(tx, "con_1", state="old", cookie="c", return_to="", who=ANN, now=at(0))
    await oauth_states.put(tx, "con_1", state="new", cookie="c", return_to="", who=ANN, now=at(10))

    assert await oauth_states.forget(tx, at(5)) == 1
    assert await oauth_states.take(tx, "new", at(11)) is not None
