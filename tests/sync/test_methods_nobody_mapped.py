"""Payments by a method that nobody has mapped go to a clearing account where somebody has said so, and to their own account later."""

from dataclasses import replace
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.configuration import MappedMethod
from app.errors import InvalidInput
from app.services.configure import configure
from tests.support.joint import Joint, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, asked, quiet, run
from tests.sync.companies import each_company
from tests.sync.test_accounts_of_payments import account_of, moved
from tests.sync.test_lines_without_a_code import configured
from tests.sync.test_tie_out import D, light, named


async def decide(joint: Joint, **changes: Any) -> None:
    """Somebody stores the configuration, as the page does."""
    wish = replace(await configured(joint), **changes)
    await configure(build_container(joint.runtime), joint.connection_id, wish, who=SOMEBODY)


async def clearing(joint: Joint) -> str:
    made = await joint.person("account", {"Name": "Sundry clearing", "AccountType": "Bank"})
    return str(made["Id"])


async def mapped_to(joint: Joint, method: str, account: str | None) -> tuple[MappedMethod, ...]:
    """The methods as they are, and this one to an account, or left out."""
    others = tuple(m for m in (await configured(joint)).payment_methods if m.id != method)
    return (*others, MappedMethod(method, account, left_out=account is None))


async def paid_by(joint: Joint, kind: str, amount: str, sale: Body, **members: Any) -> Body:
    method = await joint.method(kind)
    return await joint.receipt(sale, amount, payment_method_id=method, **members)


async def payments(joint: Joint) -> dict[str, Body]:
    """The payments of the company by their amounts."""
    return {f"{float(p['TotalAmt']):.2f}": p for p in await joint.books_list("payment")}


async def where(joint: Joint) -> dict[str, str]:
    return {amount: str(p["DepositToAccountRef"]["value"]) for amount, p in (await payments(joint)).items()}


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_r1_unticked_they_wait_and_ticked_they_go_to_the_clearing_account_and_the_question_ends(
    own_database: DatabaseUrls, country: Any
) -> None:
    async with joined(own_database.app, country=country) as joint:
        bank = await joint.account("Bank")
        code = "TAX" if country == "US" else "GST"
        tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": code}
        sale = await joint.sale((await joint.contact())["id"], tea)
        await paid_by(joint, "paypal", "5.00", sale)
        await paid_by(joint, "cash", "4.00", sale)
        await paid_by(joint, "direct_deposit", "3.00", sale)
        await run(joint)
        assert await where(joint) == {"3.00": bank}
        assert [kind for _, kind in await asked(joint)] == ["unmapped"]

        account = await clearing(joint)
        await decide(joint, unmapped_methods_account=account)
        await paid_by(joint, "credit_card", "2.00", sale)
        await run(joint)

        assert await where(joint) == {"3.00": bank, "5.00": account, "2.00": account}, "cash was left out, openly"
        assert await asked(joint) == []
        assert (await light(joint)).light == "differs", "what was left out stays in Oncord, and is named"
        assert not [line for line in await named(joint) if line[3] == "unexplained"]
        await quiet(joint)


@each_company
async def test_r7_a_method_that_is_mapped_later_takes_along_only_what_no_deposit_no_reconciliation_and_no_locked_period_holds(
    joint: Joint,
) -> None:
    account, bank = await clearing(joint), await joint.account("Bank")
    await decide(joint, unmapped_methods_account=account)
    sale = await joint.sale((await joint.contact())["id"])
    await paid_by(joint, "paypal", "1.00", sale)
    await paid_by(joint, "paypal", "2.00", sale)
    await paid_by(joint, "paypal", "3.00", sale)
    await paid_by(joint, "paypal", "4.00", sale, date="2026-09-30")
    await paid_by(joint, "credit_card", "5.00", sale)
    await paid_by(joint, "paypal", "7.00", (await joint.sale(sale["contact_id"])))
    await run(joint)
    assert set((await where(joint)).values()) == {account}
    there = await payments(joint)
    await joint.in_books("POST", "deposit", {"payments": [there["2.00"]["Id"]]})
    await joint.in_books("POST", "reconcile", {"account": account, "transactions": [there["7.00"]["Id"]]})
    elsewhere = await joint.account("Other Current Asset", "UndepositedFunds")
    await moved(joint, there["3.00"], elsewhere)
    await run(joint)
    await decide(joint, lodged_until=(await configured(joint)).start_date.replace(month=9, day=30))

    paypal = await joint.method("paypal")
    await decide(joint, payment_methods=await mapped_to(joint, paypal, bank))
    await paid_by(joint, "paypal", "6.00", sale)
    await run(joint)

    assert await where(joint) == {
        "1.00": bank,
        "2.00": account,
        "3.00": elsewhere,
        "4.00": account,
        "5.00": account,
        "6.00": bank,
        "7.00": account,
    }
    assert await asked(joint) == []
    assert {(line[2], line[3]) for line in await named(joint) if line[3] == "unexplained"} == set()
    await quiet(joint)

    await moved(joint, (await payments(joint))["1.00"], account)  # the bookkeeper has the last word (R7)
    await run(joint)
    await joint.touched("quickbooks", "receipt", there["1.00"]["Id"])
    await run(joint)
    assert await account_of(joint, there["1.00"]) == account
    assert D(1) in {line[2] for line in await named(joint)}
    assert await asked(joint) == []


async def test_r1_a_method_that_was_left_out_and_is_undecided_again_brings_its_receipts_and_one_without_a_method_waits(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await paid_by(joint, "cash", "4.00", sale)
    await run(joint)
    account, cash = await clearing(joint), await joint.method("cash")
    others = tuple(m for m in (await configured(joint)).payment_methods if m.id != cash)
    await decide(joint, unmapped_methods_account=account, payment_methods=(*others, MappedMethod(cash)))
    await run(joint)

    assert await where(joint) == {"4.00": account}
    assert await asked(joint) == [], "a method that stands undecided in the configuration is no question either"


async def test_an_account_that_holds_no_money_is_refused(joint: Joint) -> None:
    with pytest.raises(InvalidInput) as refused:
        await decide(joint, unmapped_methods_account=await joint.account("Income"))
    assert set(refused.value.fields) == {"unmapped_methods_account_id"}
