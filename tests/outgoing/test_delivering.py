"""Messages reach their recipients: signed, repeated for a day, never elsewhere, never into our own network."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from random import Random
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import time_machine
from aiosmtpd.controller import Controller
from standardwebhooks import Webhook

from app.api.webhook_document import MessagePosted
from app.domain.messages.topics import CHOOSABLE
from app.errors import InvalidInput
from app.oncord.guard import PublicTransport
from app.outgoing import delivering
from app.outgoing.address import check_address
from app.outgoing.delivering import OF_A_CONNECTION, STOPPED, Post, deliver_due
from app.outgoing.mail import MailServer, server_at
from app.outgoing.sent import RETRIES
from app.storage.connections.connections import recipient_context
from app.storage.connections.vault import Vault
from app.storage.database import EVERY_CONNECTION, Database
from app.storage.people import messages, recipients
from app.storage.people.messages import Delivery, Message
from app.storage.people.recipients import Recipient
from tests.storage.rows import NOON, a_connection
from tests.support.app import ENCRYPTION_KEY, VirtualClock
from tests.support.services import DatabaseUrls
from workers import jobs

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ADDRESS = "https://books.example/told"


@dataclass
class Receiver:
    """A program that is told: remembers what it got, and answers as it is set."""

    answers: list[int | Exception] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, headers={"location": "https://elsewhere.example/"}, content=b"x" * 10_000_000)


@dataclass
class Office:
    """Everything that sending needs, and what is in the tables."""

    database: Database
    clock: VirtualClock
    vault: Vault
    receiver: Receiver
    server: MailServer | None = None

    async def send(self, transport: httpx.AsyncBaseTransport | None = None) -> int:
        async with httpx.AsyncClient(transport=transport or httpx.MockTransport(self.receiver)) as http:
            post = Post(self.database, self.clock, self.vault, http, "https://sync.example", self.server)
            return await deliver_due(post)

    async def a_message(self, *to: str, **more: Any) -> None:
        async with self.database.transaction("con_1") as tx:
            words = Message(
                "msg_1", "con_1", "waiting", "begun", "A question has waited for a day", "It waits.",
                ("Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD)",), "Answer it.", "/connections/con_1/attention", NOON, NOON,
            )  # fmt: skip
            await messages.insert(tx, replace(words, **more))
            for number, recipient in enumerate(to):
                await messages.send(
                    tx, Delivery(f"del_{number}", "con_1", "msg_1", recipient, "waiting", 0, NOON, NOON)
                )

    async def a_recipient(self, recipient_id: str, connection_id: str = "con_1", **more: Any) -> None:
        sealed = self.vault.seal(SECRET, recipient_context(connection_id))
        found = Recipient(recipient_id, connection_id, "Books", "webhook", ADDRESS, sealed, CHOOSABLE, "", NOON)
        async with self.database.transaction(connection_id or EVERY_CONNECTION) as tx:
            await recipients.insert(tx, replace(found, **more))

    async def deliveries(self) -> list[dict[str, Any]]:
        async with self.database.transaction(EVERY_CONNECTION) as tx:
            return await (await tx.execute("SELECT * FROM delivery ORDER BY id")).fetchall()


@pytest.fixture
async def office(own_database: DatabaseUrls) -> AsyncIterator[Office]:
    """An office with one connection."""
    database = Database(own_database.app, size=2)
    await database.open()
    async with database.transaction("con_1") as tx:
        await a_connection(tx)
    yield Office(database, VirtualClock(NOON), Vault((ENCRYPTION_KEY,), Random(1)), Receiver())
    await database.close()


async def test_a_webhook_is_signed_so_that_the_library_of_others_believes_it(office: Office) -> None:
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")

    assert await office.send() == 1

    (request,) = office.receiver.requests
    with time_machine.travel(NOON):
        body = Webhook(SECRET).verify(request.content, dict(request.headers))
    assert MessagePosted.model_validate(body).model_dump() == body
    assert request.headers["webhook-id"] == "msg_1"
    assert body["type"] == "connection.waiting.begun"
    assert body["data"]["connection_name"] == "Shop con_1"
    assert body["data"]["lines"] == ["Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD)"]
    assert body["data"]["url"] == "https://sync.example/connections/con_1/attention"
    (delivery,) = await office.deliveries()
    assert (delivery["state"], delivery["attempts"], delivery["answer"]) == ("delivered", 1, "Taken (200).")
    assert await office.send() == 0


async def test_of_one_connection_a_few_are_sent_at_once_so_that_anothers_message_does_not_wait_behind_them(
    office: Office,
) -> None:
    for number in range(15):
        await office.a_recipient(f"rcp_{number:02}")
    await office.a_message(*(f"rcp_{number:02}" for number in range(15)))
    async with office.database.transaction("con_2") as tx:
        await a_connection(tx, "con_2")
        await messages.insert(
            tx, Message("msg_2", "con_2", "waiting", "begun", "A question", "It waits.", (), "", "/", NOON, NOON)
        )
        await messages.send(tx, Delivery("del_z", "con_2", "msg_2", "rcp_z", "waiting", 0, NOON, NOON))
    await office.a_recipient("rcp_z", "con_2")

    assert await office.send() == 16

    of_second = [request.headers["webhook-id"] for request in office.receiver.requests].index("msg_2")
    assert of_second <= OF_A_CONNECTION, "it goes with the first"


async def test_a_recipient_of_the_operators_that_never_answers_has_a_share_too(office: Office) -> None:
    """It is told of every connection, each of which has its own share."""
    await office.a_recipient("rcp_slow", "")
    for number in range(12):
        async with office.database.transaction(f"con_{number}") as tx:
            if number != 1:
                await a_connection(tx, f"con_{number}")
            await messages.insert(
                tx,
                Message(
                    f"msg_{number}", f"con_{number}", "waiting", "begun", "A question", "", (), "", "/", NOON, NOON
                ),
            )
            await messages.send(
                tx, Delivery(f"del_{number:02}", f"con_{number}", f"msg_{number}", "rcp_slow", "waiting", 0, NOON, NOON)
            )
    await office.a_recipient("rcp_9", "con_9")
    async with office.database.transaction("con_9") as tx:
        await messages.insert(tx, Message("msg_own", "con_9", "waiting", "begun", "A", "", (), "", "/", NOON, NOON))
        await messages.send(tx, Delivery("del_own", "con_9", "msg_own", "rcp_9", "waiting", 0, NOON, NOON))

    async with office.database.transaction(EVERY_CONNECTION) as tx:
        taken = await messages.take(tx, NOON, 10, OF_A_CONNECTION)

    assert [each.recipient_id for each in taken].count("rcp_slow") == OF_A_CONNECTION
    assert "del_own" in {each.id for each in taken}


async def test_a_job_begins_no_round_after_its_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "ROUNDS_BEGIN_SECONDS", 0.0)
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")

    assert await office.send() == 0
    monkeypatch.undo()
    assert await office.send() == 1


async def test_jobs_that_come_while_one_is_sending_have_it_look_once_more_and_take_no_place(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(post: Post) -> int:
        began.set()
        await go_on.wait()
        return 1

    monkeypatch.setattr(jobs, "deliver_due", slowly)
    settings = SimpleNamespace(smtp_url="", mail_from="", public_url="")
    runtime = SimpleNamespace(settings=settings, database=None, clock=None, vault=None, outgoing_http=None)
    context: dict[str, Any] = {"runtime": runtime, "sending": jobs.Sending()}
    first = asyncio.create_task(jobs.deliver({**context}))
    await began.wait()
    assert [await jobs.deliver({**context}) for _ in range(5)] == [0] * 5
    go_on.set()

    assert await first == 2
    assert await jobs.deliver({**context}) == 1, "the next one begins anew"


async def test_what_is_refused_is_sent_again_for_a_day_with_the_same_id_and_then_given_up(office: Office) -> None:
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")
    office.receiver.answers = [500] * 20
    moments: list[datetime] = []

    while office.clock.at < NOON + timedelta(days=3):
        moments += [office.clock.at] * await office.send()
        office.clock.advance(minutes=1)

    assert len(moments) == len(RETRIES) + 1
    assert timedelta(hours=20) < moments[-1] - moments[0] < timedelta(hours=26)
    assert {request.headers["webhook-id"] for request in office.receiver.requests} == {"msg_1"}
    (delivery,) = await office.deliveries()
    assert (delivery["state"], delivery["answer"]) == ("given_up", "It was refused (500).")


async def test_an_attempt_that_nobody_finished_is_made_again_after_five_minutes(office: Office) -> None:
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")
    async with office.database.transaction(EVERY_CONNECTION) as tx:
        assert len(await messages.take(tx, NOON, 10, 3)) == 1

    assert await office.send() == 0
    office.clock.advance(minutes=5)
    assert await office.send() == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (302, "It points elsewhere (302), and no such pointer is followed: correct the address."),
        (httpx.ReadTimeout("slow"), "Nobody answered within 15 seconds."),
        (httpx.ConnectError("refused"), "The address could not be reached."),
        (404, "It was refused (404)."),
    ],
)
async def test_what_went_wrong_is_said_in_words(office: Office, answer: int | Exception, words: str) -> None:
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")
    office.receiver.answers = [answer]

    await office.send()

    (delivery,) = await office.deliveries()
    assert (delivery["state"], delivery["answer"]) == ("waiting", words)
    assert delivery["next_at"] == NOON + timedelta(minutes=1)
    assert [str(request.url) for request in office.receiver.requests] == [ADDRESS]


async def test_whoever_says_gone_is_sent_nothing_more(office: Office) -> None:
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")
    office.receiver.answers = [410]

    await office.send()

    (delivery,) = await office.deliveries()
    assert delivery["state"] == "given_up"
    async with office.database.transaction("con_1") as tx:
        (recipient,) = await recipients.of_connection(tx, "con_1")
    assert recipient.stopped == STOPPED


async def test_a_name_that_leads_into_our_network_is_never_connected_to(office: Office) -> None:
    await office.a_recipient("rcp_1")
    await office.a_message("rcp_1")

    async def private(_host: str, _port: int) -> list[str]:
        return ["10.0.0.7"]

    await office.send(PublicTransport(private))

    (delivery,) = await office.deliveries()
    assert delivery["answer"] == "The address leads into a private network, where nothing is sent."


async def test_one_that_hangs_or_fails_keeps_no_other_from_being_told(office: Office) -> None:
    await office.a_recipient("rcp_1")
    await office.a_recipient("rcp_2", "", address="https://operator.example/told")
    await office.a_message("rcp_1", "rcp_2", "rcp_removed")
    office.receiver.answers = [OSError("broken")]

    await office.send()

    states = [(each["recipient_id"], each["state"]) for each in await office.deliveries()]
    assert ("rcp_removed", "given_up") in states
    assert sorted(state for _, state in states) == ["delivered", "given_up", "waiting"]


async def test_the_operators_recipients_are_signed_with_their_own_secret(office: Office) -> None:
    await office.a_recipient("rcp_2", "")
    await office.a_message("rcp_2")

    await office.send()

    (request,) = office.receiver.requests
    with time_machine.travel(NOON):
        assert Webhook(SECRET).verify(request.content, dict(request.headers), json_parse=True)


class MailBox:
    """What a mail server got."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuse = ""
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuse:
            return self.refuse
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@pytest.fixture
def box() -> Iterator[MailBox]:
    """A mail server on this machine."""
    found = MailBox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        found.port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    yield found
    controller.stop()


async def by_mail(office: Office, box: MailBox, title: str = "A question has waited for a day") -> EmailMessage:
    office.server = server_at(f"smtp://127.0.0.1:{box.port}", "books@shop.example")
    await office.a_recipient("rcp_1", way="mail", address="ada@byron.example", secret="")
    await office.a_message("rcp_1", title=title)
    await office.send()
    (mail,) = box.mails
    return mail


async def test_a_mail_says_what_happened_and_what_to_do(office: Office, box: MailBox) -> None:
    mail = await by_mail(office, box)

    assert (mail["to"], mail["from"]) == ("ada@byron.example", "books@shop.example")
    assert mail["subject"] == "Shop con_1: A question has waited for a day"
    assert mail["message-id"] == "<msg_1@shop.example>"
    assert mail.get_content().replace("\r\n", "\n") == (
        "It waits.\n\n- Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD)\n\nAnswer it.\n\n"
        "https://sync.example/connections/con_1/attention\n"
    )
    (delivery,) = await office.deliveries()
    assert (delivery["state"], delivery["answer"]) == ("delivered", "Taken by the mail server.")


async def test_no_text_becomes_a_header_of_its_own(office: Office, box: MailBox) -> None:
    mail = await by_mail(office, box, title="Hello\r\nBcc: everybody@example.org")

    assert mail["bcc"] is None
    assert mail["subject"] == "Shop con_1: Hello Bcc: everybody@example.org"


@pytest.mark.parametrize(("answer", "state"), [("451 later", "waiting"), ("550 no", "given_up")])
async def test_a_mail_server_that_will_never_take_it_is_not_asked_again(
    office: Office, box: MailBox, answer: str, state: str
) -> None:
    box.refuse = answer
    office.server = server_at(f"smtp://127.0.0.1:{box.port}", "books@shop.example")
    await office.a_recipient("rcp_1", way="mail", address="ada@byron.example", secret="")
    await office.a_message("rcp_1")

    await office.send()

    (delivery,) = await office.deliveries()
    assert (delivery["state"], delivery["answer"]) == (state, f"The mail server refused it ({answer[:3]}).")


async def test_a_mail_server_elsewhere_that_does_not_encrypt_gets_nothing(
    office: Office, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.outgoing.mail.is_this_machine", lambda host: False)
    office.server = server_at(f"smtp://127.0.0.1:{box.port}", "books@shop.example")
    await office.a_recipient("rcp_1", way="mail", address="ada@byron.example", secret="")
    await office.a_message("rcp_1")

    await office.send()

    assert box.mails == []
    assert "does not encrypt" in (await office.deliveries())[0]["answer"]


async def test_without_a_mail_server_it_is_said_who_can_mend_it(office: Office) -> None:
    await office.a_recipient("rcp_1", way="mail", address="ada@byron.example", secret="")
    await office.a_message("rcp_1")

    await office.send()

    assert "SMTP_URL" in (await office.deliveries())[0]["answer"]


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "user"),
    [
        ("smtps://books%40shop.example:s%3Aecret@mail.example", "mail.example", 465, True, "books@shop.example"),
        ("smtp://mail.example", "mail.example", 587, False, ""),
        ("smtp://[::1]:2525", "::1", 2525, False, ""),
    ],
)
def test_the_address_of_a_mail_server(url: str, host: str, port: int, tls: bool, user: str) -> None:
    found = server_at(url, "a@b.example")

    assert (found.host, found.port, found.tls, found.user) == (host, port, tls, user)


@pytest.mark.parametrize("url", ["https://mail.example", "mail.example", "smtp://"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="mail server"):
        server_at(url, "a@b.example")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Books.example/told/", "https://books.example/told/"),
        ("https://books.example/told?key=1&b=2", "https://books.example/told?key=1&b=2"),
        ("https://books.example:443/a/../told", "https://books.example/told"),
    ],
)
def test_an_address_keeps_its_slash_and_what_stands_behind_the_question_mark(given: str, kept: str) -> None:
    assert check_address(given, allow_private=False) == kept


@pytest.mark.parametrize(
    "given",
    [
        "http://books.example/told",
        "https://127.0.0.1/told",
        "https://169.254.169.254/latest?x=1",
        "https://metadata.internal/",
        "https://2130706433/",
        "https://user:word@books.example/",
        "https://books.example/told#part",
        "https://books.example/told?a b",
        "ftp://books.example/",
    ],
)
def test_an_address_that_this_service_may_not_call_is_refused_by_the_field(given: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_address(given, allow_private=False)

    assert [*refused.value.fields] == ["address"]
    assert "connector" not in refused.value.detail
