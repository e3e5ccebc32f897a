"""The three-way merge: nobody's change is lost, nothing is written that nobody changed, and it comes to rest."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.description import merged_fields
from app.domain.model.records import (
    Address,
    Contact,
    Kind,
    Name,
    Record,
    Sale,
    Side,
)
from app.domain.planning.merge import (
    Merged,
    agrees,
    changed_groups,
    first_meeting,
    rebased,
    three_way,
    without_amounts_of_void,
)
from tests.domain.builders import line, receipt, sale

GROUPS = tuple(g for g in merged_fields(Kind.CONTACT) if g != "name")
words = st.sampled_from(["", "one", "two", "ONE"])
contacts = st.builds(
    Contact,
    name=st.just(Name(first="Ada")),
    email=words,
    phone=words,
    mobile=words,
    fax=words,
    website=words,
    tax_number=words,
    billing_address=st.builds(Address, line1=words),
    shipping_address=st.builds(Address, line1=words),
)


def _merge(base_ours: Contact, ours: Contact, base_theirs: Contact, theirs: Contact, winner: Side) -> Merged:
    return three_way(
        Kind.CONTACT,
        base_oncord=base_ours,
        oncord=ours,
        base_quickbooks=base_theirs,
        quickbooks=theirs,
        winner=winner,
        same=lambda group: agrees(group, getattr(ours, group), getattr(theirs, group)),
    )


def _carried(ours: Contact, theirs: Contact, merged: Merged) -> tuple[Contact, Contact]:
    to_theirs = {g: getattr(ours, g) for g in merged.to_quickbooks}
    to_ours = {g: getattr(theirs, g) for g in merged.to_oncord}
    return replace(ours, **to_ours), replace(theirs, **to_theirs)


@given(contacts, contacts, contacts, st.sampled_from(list(Side)))
def test_both_sides_agree_afterwards_and_a_second_merge_has_nothing_to_do(
    base: Contact, ours: Contact, theirs: Contact, winner: Side
) -> None:
    merged = _merge(base, ours, base, theirs, winner)
    mine, yours = _carried(ours, theirs, merged)

    assert all(agrees(g, getattr(mine, g), getattr(yours, g)) for g in GROUPS)
    assert _merge(mine, mine, yours, yours, winner) == Merged()


@given(contacts, contacts, contacts, st.sampled_from(list(Side)))
def test_no_change_is_lost_without_a_disagreement_that_keeps_it(
    base: Contact, ours: Contact, theirs: Contact, winner: Side
) -> None:
    merged = _merge(base, ours, base, theirs, winner)
    mine, yours = _carried(ours, theirs, merged)
    kept = {d.field: (d.oncord, d.quickbooks) for d in merged.disagreements}

    for group in changed_groups(Kind.CONTACT, base, ours):
        value = getattr(ours, group)
        assert agrees(group, value, getattr(yours, group)) or value in kept[group]
    for group in changed_groups(Kind.CONTACT, base, theirs):
        value = getattr(theirs, group)
        assert agrees(group, value, getattr(mine, group)) or value in kept[group]


@given(contacts, contacts, contacts)
def test_what_a_side_returned_is_its_own_base_and_never_looks_like_an_edit(
    ours: Contact, theirs: Contact, base: Contact
) -> None:
    assert _merge(ours, ours, theirs, theirs, Side.ONCORD) == Merged()
    assert _merge(base, base, theirs, theirs, Side.QUICKBOOKS) == Merged()


@given(contacts, contacts, contacts)
def test_a_new_base_keeps_a_change_that_is_still_to_be_carried_over(
    base: Contact, before: Contact, after: Contact
) -> None:
    fresh = rebased(Kind.CONTACT, base, before, after, ("email",))
    assert isinstance(fresh, Contact)

    assert fresh.email == after.email
    for group in set(GROUPS) - {"email"}:
        moved = getattr(before, group) != getattr(base, group)
        assert getattr(fresh, group) == getattr(base if moved else after, group)


@given(contacts, contacts, st.sampled_from(list(Side)))
def test_two_that_meet_fill_each_others_gaps_and_agree(ours: Contact, theirs: Contact, winner: Side) -> None:
    found = first_meeting(
        Kind.CONTACT,
        oncord=ours,
        quickbooks=theirs,
        winner=winner,
        same=lambda group: agrees(group, getattr(ours, group), getattr(theirs, group)),
        fill=frozenset(GROUPS),
        decide=frozenset(GROUPS),
    )
    mine, yours = _carried(ours, theirs, found)

    assert all(agrees(g, getattr(mine, g), getattr(yours, g)) for g in GROUPS)
    lost = {d.field for d in found.disagreements}
    for group in GROUPS:
        if getattr(ours, group) not in ("", Address()) and group not in lost:
            assert agrees(group, getattr(mine, group), getattr(ours, group))


def test_what_was_typed_besides_a_void_still_travels() -> None:
    base, void = sale(), replace(sale("1", line("0.00")), voided=True, notes="Returned")

    assert rebased(Kind.SALE, base, void, void, ("voided",)) == replace(void, notes=base.notes, money=base.money)


def test_s5_of_a_pair_one_of_which_is_void_no_amounts_are_agreed_on() -> None:
    before, edited = sale("1", line("22.00")), sale("1", line("30.00"))
    cancelled, void = replace(edited, status="cancelled"), replace(sale("1", line("0.00")), voided=True)
    bases = {Side.ONCORD: before, Side.QUICKBOOKS: before}

    def agreed(oncord: Sale, quickbooks: Sale) -> dict[Side, Record | None]:
        now = {Side.ONCORD: oncord, Side.QUICKBOOKS: quickbooks}
        return {**without_amounts_of_void(bases, now, now)}

    assert agreed(edited, edited) == {Side.ONCORD: edited, Side.QUICKBOOKS: edited}
    assert agreed(cancelled, edited) == {
        Side.ONCORD: replace(cancelled, money=before.money),
        Side.QUICKBOOKS: replace(edited, money=before.money),
    }
    assert agreed(cancelled, void) == {Side.ONCORD: replace(cancelled, money=before.money), Side.QUICKBOOKS: void}
    assert without_amounts_of_void(dict.fromkeys(Side), bases, bases) == bases, "of two that have just met"


def test_how_a_value_is_written_does_not_count() -> None:
    assert agrees("phone", "0400 111 222", "+61 400111222")
    assert agrees("email", "ADA@example.com", "ada@example.com")
    assert agrees(
        "name", Name(first="Ada", last="L", display="Ada L"), Name(first="Ada", last="L", display="Ada L (x)")
    )
    assert not agrees("name", Name(first="Ada", last="L"), Name(first="Ada", last="K"))
    assert agrees("name", Name(first="Ada", last="L", display="Ada L"), Name(display="ada l"))
    assert not agrees("billing_address", Address(line1="1 Main St"), Address(line1="2 Main St"))


def test_amounts_agree_only_line_by_line() -> None:
    one = sale("1", line(quantity=Decimal(2)))

    assert agrees("money", one.money, sale("1", line(quantity=None)).money)
    assert not agrees("money", one.money, sale("1", line(quantity=Decimal(4))).money)
    assert not agrees("money", one.money, sale("1", line("11.00"), line("11.00")).money)
    assert not agrees("money", one.money, sale("1", line(code="FREE")).money)


def test_allocations_agree_in_any_order() -> None:
    one = receipt(pays={"7": "10.00", "8": "12.00"})

    assert agrees("payment", one.payment, receipt(pays={"8": "12.00", "7": "10.00"}).payment)
    assert not agrees("payment", one.payment, receipt(pays={"7": "12.00", "8": "10.00"}).payment)
