"""What settles a document besides payments, part by part: each with the cause that the record which makes it proves.

QuickBooks says it when it is asked (`Entry.settled_by`). It is believed only as far as there is such a rest at all: how much
was settled otherwise is worked out from the document and its payments, and what is not named of that stays unnamed.
"""

from collections.abc import Iterator
from decimal import Decimal

from app.tieout.causes import Cause, Explained
from app.tieout.facts import ZERO, Entry

_CAUSES = {
    "written_off": (Cause.WRITTEN_OFF, "written off to bad debts"),
    "journal": (Cause.NOT_SYNCHRONISED, "a journal entry"),
    "bank_deposit": (Cause.NOT_SYNCHRONISED, "a line of a bank deposit that was booked to Accounts Receivable"),
    "refund_receipt": (Cause.NOT_SYNCHRONISED, "a refund receipt"),
    "deposit": (Cause.SETTLED_OTHERWISE, "money up front that was entered on the document itself"),
}


def written_off_of(entry: Entry, settled: Decimal) -> Decimal:
    """What of `settled` was written off to bad debts, as QuickBooks has named it."""
    return sum((share for share, (cause, _) in parts(entry, settled) if cause is Cause.WRITTEN_OFF), ZERO)


def parts(entry: Entry, amount: Decimal) -> Iterator[tuple[Decimal, Explained]]:
    """`amount` of a document, cut into what settles it; of less than nothing there are no parts."""
    left = amount
    for each in entry.settled_by:
        share = min(each.amount, left)
        if each.by in _CAUSES and share > 0:
            cause, what = _CAUSES[each.by]
            yield share, (cause, f"It is {what}{f' ({each.label})' if each.label else ''}.")
            left -= share
    if left or not amount > ZERO:
        yield left, (Cause.SETTLED_OTHERWISE, "")
