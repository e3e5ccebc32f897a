"""The page "Being told": who is told, what was told and how it went, in plain words and without script."""

import re

from app.console.being_told import TOPICS
from app.domain.messages.topics import CHOOSABLE
from app.storage.people import messages
from app.storage.people.messages import Delivery, Message
from app.storage.people.recipients import of_connection
from tests.api.test_launch_links import HTML, a_link
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import START, Service


async def opened(service: Service) -> tuple[str, str]:
    connection_id = (await service.connect_site())["id"]
    return f"/connections/{connection_id}/being-told", await sign_in(service)


async def add(service: Service, here: str, csrf: str, **more: object) -> str:
    form = {
        "csrf": csrf,
        "way": "webhook",
        "address": "https://books.example/told",
        "name": "Bookkeeper",
        "topics": ["blocked", "waiting"],
        **more,
    }
    answer = await service.browser.post(here, data=form, follow_redirects=True)
    return shown(answer)


def test_each_topic_has_words() -> None:
    assert [*TOPICS] == [*CHOOSABLE]


async def test_somebody_is_added_and_the_secret_shown_once(service: Service) -> None:
    here, csrf = await opened(service)
    assert "Nobody is told yet" in shown(await service.browser.get(here))

    page = await add(service, here, csrf)
    again = shown(await service.browser.get(here))

    assert "The secret of Bookkeeper" in page
    assert "whsec_" in page
    assert "whsec_" not in again
    assert "A program at https://books.example/told" in again
    assert "Told of 2 of 7 things" in again


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(service: Service) -> None:
    here, csrf = await opened(service)

    nothing = await add(service, here, csrf, topics=[])
    assert "Tick at least one thing to be told of." in nothing
    wrong = await service.browser.post(
        here, data={"csrf": csrf, "way": "webhook", "address": "ftp://x", "name": "Ada", "topics": "waiting"}
    )
    assert wrong.status_code == 422
    assert 'aria-describedby="address-wrong"' in wrong.text
    assert 'value="ftp://x"' in wrong.text


async def test_a_recipient_is_tried_out_changed_and_removed(service: Service) -> None:
    here, csrf = await opened(service)
    await add(service, here, csrf)
    connection_id = here.split("/")[2]
    async with service.container.database.transaction(connection_id) as tx:
        (recipient,) = await of_connection(tx, connection_id)
    one = f"{here}/{recipient.id}"

    async def press(**form: object) -> str:
        return shown(await service.browser.post(one, data={"csrf": csrf, **form}, follow_redirects=True))

    assert "A test is on its way" in await press(do="test")
    assert "This is a test" in shown(await service.browser.get(here))
    assert "Told of 1 of 7 things" in await press(do="topics", topics="summary")
    assert "whsec_" in await press(do="secret")
    assert "Nothing is sent there any more" in await press(do="remove")
    assert "There is no recipient" in await press(do="test")


async def test_what_was_told_says_how_it_went_and_is_sent_once_more(service: Service) -> None:
    here, csrf = await opened(service)
    await add(service, here, csrf)
    connection_id = here.split("/")[2]
    async with service.container.database.transaction(connection_id) as tx:
        (recipient,) = await of_connection(tx, connection_id)
        words = Message(
            "msg_1", connection_id, "waiting", "begun", "A question has waited for a day", "It waits.",
            ("Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD)",), "Answer it.", f"/connections/{connection_id}/attention", START,
        )  # fmt: skip
        await messages.insert(tx, words)
        went = Delivery(
            "del_1", connection_id, "msg_1", recipient.id, "given_up", 7, START, None, START, "It was refused (500)."
        )
        await messages.send(tx, went)

    page = await service.browser.get(here)
    assert "Invoice 1041, Ada Byron (22 Nov 2026, 44.00 AUD)" in shown(page)
    assert "Given up Bookkeeper: It was refused (500)." in shown(page)
    again = f"/connections/{connection_id}/messages/msg_1/send-again"
    answer = await service.browser.post(again, data={"csrf": csrf}, follow_redirects=True)

    assert "It is on its way once more, to Bookkeeper." in shown(answer)


async def test_a_viewer_reads_what_was_told_and_not_to_which_address(service: Service) -> None:
    here, csrf = await opened(service)
    await add(service, here, csrf)
    connection_id = here.split("/")[2]
    service.browser.cookies.clear()
    link = await a_link(service, connection_id, {"person": "Vera", "role": "viewer", "page": ""})
    launch = await service.browser.get(link, headers=HTML)
    ticket = re.search(r'name="ticket" value="([^"]+)"', launch.text)
    assert ticket
    await service.browser.post("/launch", data={"ticket": ticket[1]})

    page = await service.browser.get(here)

    assert page.status_code == 200
    assert "What was told" in shown(page)
    assert "books.example" not in page.text
    assert (await service.browser.post(here, data={"csrf": csrf_in(page)})).status_code == 403
