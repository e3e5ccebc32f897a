"""A contact with a customer in each of several currencies: which one is the primary one, and that none is left behind."""

from dataclasses import replace

from app.domain.model.link_part import PRIMARY, InCurrency
from app.domain.model.operations import Action
from app.domain.model.records import Counterpart, Kind, Side
from app.domain.planning.id_map import IdMap
from app.domain.planning.plan_input import ChangedRecord
from tests.domain.builders import CONFIGURATION, contact, decided, linked, seen, tombstoned

ONCORD, BOOKS, CONTACT = Side.ONCORD, Side.QUICKBOOKS, Kind.CONTACT
SEVERAL = replace(CONFIGURATION, multi_currency=True, home_currency="AUD")
ADA = seen(ONCORD, CONTACT, "1", contact())
AT_HOME = contact(currency="AUD")
IN_DOLLARS = contact(currency="USD")


def test_a_contact_that_is_back_has_every_customer_again_that_was_buried_with_it() -> None:
    operations = decided(
        ADA,
        seen(BOOKS, CONTACT, "c1", AT_HOME),
        seen(BOOKS, CONTACT, "c2", IN_DOLLARS),
        tombstoned(linked(CONTACT, "1", "c1", contact(), AT_HOME), ONCORD),
        tombstoned(linked(CONTACT, "1", "c2", contact(), IN_DOLLARS, part=InCurrency("USD")), ONCORD),
        ChangedRecord(ONCORD, CONTACT, "1"),
        configuration=SEVERAL,
    )

    restored = [o for o in operations if o.action is Action.ADOPT]
    assert {i for o in restored for i in (o.source_id, o.target_id)} == {"1", "c1", "c2"}
    assert len(restored) == 2


def test_a_customer_in_another_currency_lets_the_one_at_home_be_the_primary_one() -> None:
    operations = decided(
        ADA,
        seen(BOOKS, CONTACT, "c1", AT_HOME),
        seen(BOOKS, CONTACT, "c2", IN_DOLLARS),
        ChangedRecord(BOOKS, CONTACT, "c2"),
        configuration=SEVERAL,
    )

    assert [(o.action, o.target_id, o.part) for o in operations] == [
        (Action.ADOPT, "c1", PRIMARY),
        (Action.ADOPT, "c2", InCurrency("USD")),
    ]


def test_a_customer_that_is_found_while_the_primary_one_is_being_made_does_not_take_its_place() -> None:
    id_map = IdMap()
    id_map.plan_create((ONCORD, CONTACT, "1"))
    id_map.pair(CONTACT, "1", "c2")

    assert id_map.find(ONCORD, CONTACT, "1") == Counterpart(CONTACT, "1")
    assert id_map.find(BOOKS, CONTACT, "c2") == "1"
