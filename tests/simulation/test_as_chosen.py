"""What was chosen otherwise than most do, in lives: a service that does not do as it was chosen is found out, each time by the words of
the choice and by the money."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.guards.cleared_money import ClearedMoney
from app.domain.model.configuration import Configuration
from tests.simulation import as_chosen, chosen, held
from tests.simulation.guarded import Guard
from tests.simulation.life import BOOKS, Body, Life
from tests.simulation.looking import look
from tests.simulation.outside import Outside
from tests.simulation.worlds import born
from tests.support.joint import joined
from tests.support.services import DatabaseUrls
from tests.support.stories import customer, invoice, payment

MENDED = pytest.mark.parametrize("mended", [True, False])


@pytest.fixture
async def life(own_database: DatabaseUrls) -> AsyncIterator[Life]:
    """An Australian life in which nothing has happened yet."""
    outside = Outside()
    async with joined(own_database.app, around=outside.around) as joint:
        made = await born(joint, outside, 1)
        made.guard = Guard(joint)
        made.said = {made.codes["FREE"][1]}
        yield made


async def _rules(life: Life) -> list[str]:
    """The rules of what is found at the end."""
    await life.joint.sync()
    world = await look(life)
    return [told.partition(":")[0] for told in (*as_chosen.judge(world), *held.judge(world))]


_ANY = random.Random(7)


class _First(random.Random):
    """Chance that always takes the first of what there is, and the likely way."""

    def choice(self, seq: Any) -> Any:
        return seq[0]

    def random(self) -> float:
        return 0.0

    def randrange(self, *span: int) -> int:  # type: ignore[override]
        return _ANY.randrange(*span)


async def _sale(life: Life, **members: Any) -> Body:
    contact = await life.shop("POST", "contacts", {"type": "individual", "first_name": "Ada", "last_name": "Byron"})
    assert contact is not None
    line = {"description": "Tea", "quantity": "1", "unit_price": "22.00", "tax_code": life.codes["GST"][0]}
    sale = await life.shop("POST", "sales", {"contact_id": contact["id"], "lines": [line], **members})
    assert sale is not None
    return sale


@MENDED
@pytest.mark.parametrize("meets", [True, False])
async def test_a_card_on_which_another_side_goes_on_than_was_chosen_is_found_out(
    life: Life, monkeypatch: pytest.MonkeyPatch, meets: bool, mended: bool
) -> None:
    await chosen._whose_card(life, _First(1))
    assert (life.ways.by_field["billing_address"], life.ways.card_winner) == ("quickbooks", "oncord")
    if not mended:
        monkeypatch.setattr(
            Configuration, "contact_winners", lambda c, _: dict.fromkeys(c.contact_winner, c.conflict_winner["contact"])
        )
    if meets:
        monkeypatch.setattr(_First, "choice", lambda _, seq: "billing_address" if "phone" in seq else seq[0])
        await chosen._two_cards(life, _First(1))
    else:
        await customer(life.joint, "Ada", "Byron", email="ada@example.com")
        await life.joint.sync()
        await chosen._both_typed(life, _First(1))

    assert len(life.ways.duels) == 1
    assert set(await _rules(life)) == (set() if mended else {"C2/C5"})
    assert life.counts["cards"] == 1


@pytest.mark.parametrize(("fault", "found"), [("", []), ("stays", ["R7"]), ("elsewhere", ["R1"])])
async def test_money_of_a_method_that_nobody_has_mapped_is_found_where_it_must_not_lie(
    life: Life, monkeypatch: pytest.MonkeyPatch, fault: str, found: list[str]
) -> None:
    await chosen._clearing(life, _First(1))
    assert life.ways.clearing_is_chosen
    await _sale(life)
    if fault == "elsewhere":
        wrong = life.accounts["AUD"][1]
        monkeypatch.setattr(Configuration, "account_for", lambda *_: wrong)
    elif fault == "stays":
        monkeypatch.setattr("app.services.configure.mapped_since", lambda *_: ())
    await chosen._paid_unmapped(life, _First(1))
    await life.joint.sync()
    if fault != "elsewhere":
        await life.map_method(life.ways.card, {"AUD": life.accounts["AUD"][0]})
        assert life.ways.led[life.ways.card, "AUD"][-2:] == [life.ways.clearing, life.accounts["AUD"][0]]

    assert await _rules(life) == found
    assert life.counts["accounts"] == 1


async def test_money_that_a_reconciliation_holds_stays_in_the_clearing_account(life: Life) -> None:
    await chosen._clearing(life, _First(1))
    await _sale(life)
    await chosen._paid_unmapped(life, _First(1))
    await life.joint.sync()
    await chosen._put_away(life, _First(1))
    await life.map_method(life.ways.card, {"AUD": life.accounts["AUD"][0]})

    assert await _rules(life) == []
    [paid] = await life.joint.books_list("payment")
    assert paid["DepositToAccountRef"]["value"] == life.ways.clearing


@MENDED
async def test_a_voucher_that_is_redeemed_into_another_account_is_found_out(
    life: Life, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    await chosen._vouchers(life, _First(1))
    await _sale(life)
    if not mended:
        bank = life.accounts["AUD"][0]
        monkeypatch.setattr(Configuration, "account_for", lambda *_: bank)
    await chosen._redeemed(life, _First(1))

    assert await _rules(life) == ([] if mended else ["R1"])
    assert life.counts["accounts"] == 1


@MENDED
async def test_a_line_that_redeems_a_voucher_under_the_item_of_what_is_owed_is_found_out(
    life: Life, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    await chosen._vouchers(life, _First(1))
    await chosen._item_chosen(life, _First(1))
    if not mended:
        monkeypatch.setattr("app.domain.sales.conversion.voucher_item", lambda *_: life.item)
    card = {"description": "Card", "quantity": "1", "unit_price": "-20.00", "tax_code": "", "voucher": True}
    tea = {"description": "Tea", "quantity": "1", "unit_price": "22.00", "tax_code": life.codes["GST"][0]}
    await _sale(life, lines=[tea, card])

    assert await _rules(life) == ([] if mended else ["S1"])


@MENDED
async def test_a_line_without_a_code_that_goes_abroad_as_if_it_stayed_is_found_out(
    life: Life, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    await chosen._ships_abroad(life, _First(1))
    assert life.said_abroad == {life.ways.export}
    if not mended:
        monkeypatch.setattr("app.domain.sales.conversion.destination_of", lambda *_: "home")
    await _sale(life)
    await chosen._shipped_abroad(life, _First(1))

    assert set(await _rules(life)) == (set() if mended else {"S1"})


@MENDED
@pytest.mark.parametrize("why", chosen.UNTOLD)
@pytest.mark.parametrize("old", [True, False])
async def test_money_that_has_been_in_the_bank_for_days_and_is_deleted_where_nobody_tells_is_found_out(
    life: Life, monkeypatch: pytest.MonkeyPatch, why: str, old: bool, mended: bool
) -> None:
    life.ways.untold = why
    await life.joint.hazard(BOOKS, why)
    guard = life.outside.guard = Guard(life.joint, untold=True)
    sale = await _sale(life)
    receipt = await life.joint.receipt(sale, date="2026-11-12" if old else "2026-11-19")
    await life.joint.sync()
    await life.joint.in_books("POST", "reconcile", {"account": life.accounts["AUD"][0], "status": "Cleared"})
    if not mended:
        monkeypatch.setattr(ClearedMoney, "hold_on", lambda *_: None)
    await life.shop("DELETE", f"receipts/{receipt['id']}")
    guard.run_begins()
    await life.joint.sync()

    assert len(await life.joint.books_list("payment")) == (1 if old and mended else 0)
    assert {fault.partition(":")[0] for fault in guard.faults} == ({"R3/R7"} if old and not mended else set())


async def test_a_payment_that_the_bookkeeper_enters_where_vouchers_are_redeemed_is_a_voucher_in_the_shop(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chosen._vouchers(life, _First(1))
    owner = await customer(life.joint, "Ada", "Byron", email="ada@example.com")
    made = await invoice(life.joint, owner["Id"])
    where = {"DepositToAccountRef": {"value": life.ways.voucher_account}}
    await payment(life.joint, owner["Id"], "33", {made["Id"]: "33"}, **where)

    assert await _rules(life) == []
    [receipt] = await life.joint.shop_list("receipts")
    assert receipt["payment_method_id"] == life.ways.voucher_method
    receipts = life.joint.shop.sites["demo"].shelves["receipt"]
    receipts.records[receipt["id"]]["payment_method_id"] = life.methods[0]
    assert [told.partition(":")[0] for told in as_chosen.judge(await look(life))] == ["R2"]
