"""A sale whose later differences have documents of their own in the books (B1): its invoice and those as one document."""

from collections.abc import Sequence
from dataclasses import replace

from app.tieout.facts import ZERO, Entry, Group


def adding(group: Group) -> tuple[Entry, ...]:
    """The documents over differences that belong to the group's invoice: of the same customer, in the same currency, where both
    the sale and the invoice are there."""
    invoice = group.document
    if group.oncord is None or invoice is None or invoice.void:
        return ()
    whose = (invoice.contact_id, invoice.currency)
    return tuple(each for each in group.differences if (each.contact_id, each.currency) == whose)


def astray(group: Group) -> tuple[Entry, ...]:
    """Those that belong to nothing."""
    belonging = adding(group)
    return tuple(each for each in group.differences if each not in belonging)


def whole(invoice: Entry, added: Sequence[Entry]) -> Entry:
    """An invoice and the documents over its differences as one document."""
    if not added:
        return invoice
    signs = [1 if each.sign == invoice.sign else -1 for each in added]
    pairs = list(zip(signs, added, strict=True))
    lines = [replace(line, net=sign * line.net, tax=sign * line.tax) for sign, each in pairs for line in each.lines]
    stated = [invoice.stated_paid, *(None if e.stated_paid is None else s * e.stated_paid for s, e in pairs)]
    known = None if any(each is None for each in stated) else sum((each for each in stated if each is not None), ZERO)
    return replace(
        invoice,
        total=invoice.total + sum((s * e.total for s, e in pairs), ZERO),
        tax_total=invoice.tax_total + sum((s * e.tax_total for s, e in pairs), ZERO),
        lines=(*invoice.lines, *lines),
        stated_paid=known,
        linked_paid=invoice.linked_paid + sum((s * e.linked_paid for s, e in pairs), ZERO),
        untouched=invoice.untouched and all(each.untouched for each in added),
    )
