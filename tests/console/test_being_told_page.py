"""The page "Being told": who is told, what was told and how it went, in plain words and without script."""

import re

from app.console.being_told import TOPICS
from app.domain.messages.topics import CHOOSABLE
from app.domain.messages.words import when_told
from app.oncord.address import begins_with
from app.storage.database import EVERY_CONNECTION
from app.storage.people import messages
from app.storage.people.messages import Delivery, Message
from app.storage.people.recipients import OPERATORS, of_connection
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
    assert 'aria-describedby="wrong:address address-hint"' in wrong.text
    assert "autofocus" in wrong.text
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


async def test_the_page_says_of_each_thing_when_it_is_told(service: Service) -> None:
    here, _ = await opened(service)
    page = shown(await service.browser.get(here))

    for topic in CHOOSABLE:
        when = when_told(topic)
        assert " ".join(filter(None, (TOPICS[topic], when.begins, when.more, when.over))) in page
    assert "told to nobody" in page.partition("A test comes at once")[2]


async def a_message(service: Service, connection_id: str) -> None:
    async with service.container.database.transaction(connection_id) as tx:
        await messages.insert(
            tx, Message("msg_1", connection_id, "blocked", "begun", "Stopped", "It has.", (), "", "/", START)
        )


async def test_sending_once_more_is_offered_where_somebody_would_get_it(service: Service) -> None:
    here, csrf = await opened(service)
    await a_message(service, here.split("/")[2])
    assert "Send once more" not in shown(await service.browser.get(here)), "nobody is on the list"

    await add(service, here, csrf, topics=["waiting"])
    assert "Send once more" not in shown(await service.browser.get(here)), "nobody is told of such"
    await add(service, here, csrf, name="Ada", address="https://ada.example/", topics=["blocked"])
    assert "Send once more, to Ada" in shown(await service.browser.get(here))

    again = f"{here.removesuffix('/being-told')}/messages/msg_1/send-again"
    await service.browser.post(again, data={"csrf": csrf})
    assert "Send once more" not in shown(await service.browser.get(here)), "it is on its way"


async def test_what_an_address_begins_with_is_said_as_it_is_taken(service: Service) -> None:
    here, csrf = await opened(service)
    begins = begins_with(allow_private=service.settings.allow_private_oncord_urls)

    for page in (here, "/being-told", "/connections/new"):
        assert f"begins with {begins}" in shown(await service.browser.get(page)), page
    refused = await service.browser.post(
        here, data={"csrf": csrf, "way": "webhook", "address": "ftp://x", "topics": "waiting"}
    )
    assert f"The address must begin with {begins}." in shown(refused)
    for one in begins.split(" or "):
        assert "From now on this address is told." in await add(
            service, here, csrf, address=f"{one}books.example/{len(one)}"
        )


async def test_the_operators_own_are_added_tried_out_and_removed_on_a_page_of_their_own(service: Service) -> None:
    here, csrf = await opened(service)
    connection_id = here.split("/")[2]
    await a_message(service, connection_id)
    assert 'href="/being-told"' in (await service.browser.get("/")).text
    assert "Nobody is told yet" in shown(await service.browser.get("/being-told"))

    made = await add(service, "/being-told", csrf, name="Operations")
    assert "The secret of Operations" in made
    assert "whsec_" in made
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        (recipient,) = await of_connection(tx, OPERATORS)
    one = f"/being-told/{recipient.id}"

    async def press(**form: object) -> str:
        return shown(await service.browser.post(one, data={"csrf": csrf, **form}, follow_redirects=True))

    assert "A test is on its way" in await press(do="test")
    page = await service.browser.get("/being-told")
    assert "On its way Operations" in shown(page), "how the test went"
    assert "Demo , 22 Nov 2026, 11:00 AEST It has." in shown(page), "of which shop, by its clock"
    assert "Told of 1 of 7 things" in await press(do="topics", topics="summary")
    assert "whsec_" in await press(do="secret")
    assert "Nobody is told yet" in shown(await service.browser.get(here)), "a connection's list is another one"
    listed = (await service.browser.get("/messages.csv")).text
    assert "This is a test" in listed
    assert "Nothing is sent there any more" in await press(do="remove")
    assert "Nobody is told yet" in shown(await service.browser.get("/being-told"))


async def test_an_operators_address_passes_the_same_guard(service: Service) -> None:
    _, csrf = await opened(service)
    refused = await service.browser.post(
        "/being-told", data={"csrf": csrf, "way": "webhook", "address": "https://x.example/#a", "topics": "waiting"}
    )

    assert refused.status_code == 422
    assert 'aria-describedby="wrong:address address-hint"' in refused.text
    assert (await service.browser.post("/being-told", data={"way": "webhook"})).status_code == 403, "without its form"
