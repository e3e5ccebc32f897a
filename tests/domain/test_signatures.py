"""What a planned write comes to reads alike before and after a merge, whichever of a contact's customers that is about."""

from app.domain.model.link_part import InCurrency
from app.domain.model.records import Kind, Side
from app.domain.planning.decisions import repointed
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.signatures import recognised
from tests.domain.builders import linked

MAIN = linked(Kind.CONTACT, "1", "11", None, None)
FURTHER = linked(Kind.CONTACT, "1", "12", None, None, part=InCurrency("USD"))


def test_a_contact_goes_on_with_what_its_customer_was_merged_into() -> None:
    merge = repointed(Side.QUICKBOOKS, Kind.CONTACT, "11", "19", "C5", "")

    pairs = recognised([merge], LinkIndex.of([MAIN, FURTHER]))

    assert pairs == {(Side.QUICKBOOKS, Kind.CONTACT, "19"): "1", (Side.ONCORD, Kind.CONTACT, "1"): "19"}


def test_a_merge_of_a_further_customer_leaves_the_contact_with_its_own() -> None:
    merge = repointed(Side.QUICKBOOKS, Kind.CONTACT, "12", "19", "C5", "")

    assert recognised([merge], LinkIndex.of([MAIN, FURTHER])) == {(Side.QUICKBOOKS, Kind.CONTACT, "19"): "1"}
