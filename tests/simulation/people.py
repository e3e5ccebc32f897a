"""What people do at random on both sides and in our console, and how often. Same seed, same life."""

from collections.abc import Awaitable, Callable

from tests.simulation import answering, at_books, at_shop
from tests.simulation.life import Life

Deed = Callable[[Life], Awaitable[None]]
DEEDS: dict[Deed, int] = {
    at_shop.contact_made: 8,
    at_shop.contact_edited: 4,
    at_shop.contact_renamed: 3,
    at_shop.contact_deleted: 1,
    at_shop.contacts_merged: 2,
    at_shop.sale_made: 7,
    at_shop.adjustment_made: 2,
    at_shop.sale_edited: 6,
    at_shop.lines_retyped: 3,
    at_shop.quantity_doubled: 2,
    at_shop.sale_shipped_elsewhere: 2,
    at_shop.sale_moved: 2,
    at_shop.sale_voided: 1,
    at_shop.sale_deleted: 2,
    at_shop.receipt_made: 7,
    at_shop.receipt_for_several: 3,
    at_shop.receipt_edited: 4,
    at_shop.receipt_moved: 2,
    at_shop.receipt_deleted: 2,
    at_shop.restored: 1,
    at_shop.entered_twice: 2,
    at_books.customer_made: 6,
    at_books.customer_edited: 4,
    at_books.customer_renamed: 2,
    at_books.customer_asleep: 1,
    at_books.customers_merged: 2,
    at_books.invoice_made: 5,
    at_books.invoice_edited: 5,
    at_books.typed_at_once: 6,
    at_books.invoice_moved: 1,
    at_books.invoice_removed: 2,
    at_books.payment_made: 6,
    at_books.payment_edited: 3,
    at_books.payment_moved: 1,
    at_books.payment_removed: 3,
    at_books.credit_used: 2,
    at_books.paid_back: 1,
    answering.question_answered: 4,
    answering.conflict_answered: 7,
    answering.put_back: 1,
    answering.mapping_changed: 2,
    answering.looked_first: 2,
}
"""What people do, and how often."""

BUSY: dict[Deed, int] = {
    at_shop.contact_edited: 2,
    at_shop.sale_edited: 3,
    at_shop.receipt_edited: 1,
    at_books.invoice_edited: 3,
    at_books.customer_edited: 2,
    at_shop.receipt_made: 2,
    at_shop.sale_made: 1,
    answering.mapping_changed: 4,
    answering.conflict_answered: 1,
}
"""What they do in the very moment in which a run works."""


async def act(life: Life, deeds: dict[Deed, int] = DEEDS) -> None:
    """Somebody does something."""
    [deed] = life.chance.choices(list(deeds), weights=list(deeds.values()))
    await deed(life)
