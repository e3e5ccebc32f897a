"""Messages and recipients as they are stored: erased, pruned, sealed anew, and not sent after a restored backup."""

from random import Random

from app.domain.messages.topics import CHOOSABLE
from app.storage import pruning
from app.storage.connections import restored, sealed
from app.storage.connections.connections import recipient_context
from app.storage.connections.vault import Vault, key_of
from app.storage.database import EVERY_CONNECTION, Database, Transaction
from app.storage.people import messages, recipients
from app.storage.people.messages import Delivery, Message
from app.storage.people.recipients import OPERATORS, Recipient
from tests.storage.rows import NOON, a_connection, at
from tests.storage.test_mentions import ADA, erase, known
from tests.support.app import ENCRYPTION_KEY

NEW_KEY = "k2:HxAPDg0MCwoJCAcGBQQDAgEAHxAPDg0MCwoJCAcGBQQ="


async def a_message(tx: Transaction, message_id: str = "msg_1", minutes: float = 0) -> None:
    words = Message(
        message_id, "con_1", "waiting", "begun", "A question has waited for a day", "Ada Byron waits.",
        ("Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD)",), "Answer it.", "/x", at(minutes),
    )  # fmt: skip
    await messages.insert(tx, words)


async def a_delivery(
    tx: Transaction, delivery_id: str, message_id: str = "msg_1", state: messages.State = "waiting"
) -> None:
    await messages.send(tx, Delivery(delivery_id, "con_1", message_id, "rcp_1", state, 0, NOON, NOON))


async def test_whoever_is_erased_is_in_no_message_and_the_money_stays(tx: Transaction) -> None:
    await a_connection(tx)
    await known(tx, "quickbooks", "58", ADA)
    await a_message(tx)

    await erase(tx)

    kept = await messages.get(tx, "con_1", "msg_1")
    assert kept is not None
    assert kept.summary == "[erased] waits."
    assert kept.lines == ("Invoice 1041, [erased] (22 Nov 2026, 44.00 AUD)",)


async def test_old_messages_go_with_their_deliveries_but_for_what_is_on_its_way(storage_database: Database) -> None:
    async with storage_database.transaction(EVERY_CONNECTION) as tx:
        await a_connection(tx)
        await a_message(tx, "msg_1")
        await a_delivery(tx, "del_1", "msg_1", "delivered")
        await a_message(tx, "msg_2")
        await a_delivery(tx, "del_2", "msg_2")
        await a_message(tx, "msg_3", minutes=120)

        await pruning.prune(tx, at(60))

        page = await messages.page(tx, None, 50)
        await tx.rollback()
    assert {each.id for each in page.items} == {"msg_2", "msg_3"}


async def test_what_messages_are_signed_with_is_sealed_anew_the_operators_too(storage_database: Database) -> None:
    before, after = Vault((ENCRYPTION_KEY,), Random(1)), Vault((NEW_KEY, ENCRYPTION_KEY), Random(2))
    async with storage_database.transaction(EVERY_CONNECTION) as tx:
        await a_connection(tx, oncord_token="", oncord_secrets=())
        for recipient_id, whose in (("rcp_1", "con_1"), ("rcp_2", OPERATORS)):
            kept = before.seal("whsec_AAEC", recipient_context(whose))
            await recipients.insert(
                tx, Recipient(recipient_id, whose, "", "webhook", "https://b.example", kept, CHOOSABLE, "", NOON)
            )
        mail = Recipient("rcp_3", "con_1", "", "mail", "ada@byron.example", "", CHOOSABLE, "", NOON)
        await recipients.insert(tx, mail)
        counted = {each.key_id: each.secrets for each in await sealed.by_key(tx, after)}

        batch = await sealed.seal_recipients_anew(tx, after, "", 10)

        stored = await recipients.by_ids(tx, ["rcp_1", "rcp_2", "rcp_3"])
        await tx.rollback()
    assert counted == {"k1": 2}
    assert (batch.sealed_anew, batch.unopenable, batch.last) == (2, (), "")
    only_new = Vault((NEW_KEY,), Random(3))
    for recipient_id in ("rcp_1", "rcp_2"):
        found = stored[recipient_id]
        assert key_of(found.secret) == "k2"
        assert only_new.open(found.secret, recipient_context(found.connection_id)) == "whsec_AAEC"
    assert stored["rcp_3"].secret == ""


async def test_after_a_restored_backup_nothing_that_waited_is_sent(storage_database: Database) -> None:
    async with storage_database.transaction(EVERY_CONNECTION) as tx:
        await a_connection(tx)
        await a_message(tx)
        await a_delivery(tx, "del_1")

        await restored.end_what_was_under_way(tx, at(5))

        assert not await messages.any_due(tx, at(10))
        await tx.rollback()
