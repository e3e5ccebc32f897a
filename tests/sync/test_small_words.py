"""Days, money and conflicts in words: each day as people write it, each amount in its currency's decimals, each field named."""

import datetime as dt
from decimal import Decimal

import pytest

from app.console import readable
from app.domain.model.days import day_in_words
from app.storage.people.undecided import Waiting
from app.sync.questions.undecided import in_words
from tests.support.joint import Joint
from tests.support.stories import change, run


async def test_law_8_a_conflict_about_several_fields_says_what_each_side_says_of_each_and_what_to_do(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring", "due_date": "2026-12-24"})
    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "Knock"}, DueDate="2026-12-28")
    await run(joint)

    [item] = await joint.attention()
    assert "Oncord said 24 Dec 2026, QuickBooks 28 Dec 2026. " in item.summary
    assert "Oncord said “Ring”, QuickBooks “Knock”. " in item.summary
    assert item.summary.count("Of its ") == 2
    assert (
        item.advice == "Use Oncord's due date and note, and both sides have it; or keep QuickBooks' due date and note."
    )


@pytest.mark.parametrize(
    ("day", "words"),
    [(dt.date(2026, 11, 8), "8 Nov 2026"), ("2026-11-28", "28 Nov 2026"), ("", ""), ("soon", "soon")],
)
def test_a_day_is_written_as_people_write_it(day: dt.date | str, words: str) -> None:
    assert day_in_words(day) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("83", "AUD", "83.00 AUD"),
        ("35.00", "AUD", "35.00 AUD"),
        ("1200", "JPY", "1200 JPY"),
        ("many", "AUD", "many AUD"),
    ],
)
def test_an_amount_has_the_decimals_of_its_currency(amount: str, currency: str, words: str) -> None:
    assert readable.amount(amount, currency) == words


def test_what_waits_for_a_payment_method_is_summed_in_the_decimals_of_its_currency() -> None:
    words = in_words([Waiting("1", "AUD", 2, Decimal(83))], {"1": "Klarna"})
    assert words.startswith("2 receipts wait, 83.00 AUD in all, because ")
    assert "Klarna: 2 (83.00 AUD)." in words
