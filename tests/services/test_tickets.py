"""Tickets carry what they were given until they end, for one purpose only, and cannot be forged."""

from datetime import timedelta

import pytest

from app.services import flash, tickets
from tests.support.app import Service


async def test_a_ticket_is_good_for_its_purpose_until_it_ends(service: Service) -> None:
    ticket, ends = tickets.issue(service.container, "launch", {"connection": "con_1"}, timedelta(hours=1))

    read = tickets.read(service.container, "launch", ticket)
    assert read is not None
    assert read["connection"] == "con_1"
    assert ends == service.clock.now() + timedelta(hours=1)
    assert tickets.read(service.container, "session", ticket) is None
    service.clock.advance(minutes=60)
    assert tickets.read(service.container, "launch", ticket) is None


@pytest.mark.parametrize("ticket", ["", "x", "é", "AAAA", "djEuazEuQUFBQQ"])
async def test_what_is_not_ours_is_no_ticket(service: Service, ticket: str) -> None:
    assert tickets.read(service.container, "launch", ticket) is None


async def test_a_ticket_with_one_letter_changed_is_no_ticket(service: Service) -> None:
    ticket, _ = tickets.issue(service.container, "launch", {}, timedelta(hours=1))

    for place in range(0, len(ticket), 7):
        letter = "A" if ticket[place] != "A" else "B"
        changed = ticket[:place] + letter + ticket[place + 1 :]
        assert tickets.read(service.container, "launch", changed) is None or changed == ticket


async def test_a_message_is_read_as_it_was_sealed(service: Service) -> None:
    cookie = flash.seal(service.container, "Done.", good=True)

    assert flash.read(service.container, cookie) == flash.Message("Done.", True)
    assert flash.read(service.container, "") is None
