"""What a write comes to for a person: of which sort it is, and its own money; in SQL, for whoever counts writes.

A write is called after the record that it is about (`operation.subject`), whose money may be another one: the document over a later
difference of an invoice is about the invoice (B1), the credit memo of a late cancellation about the sale (S5), each payment of a split
receipt about the receipt. So what is made counts by what the write itself holds. A payment of zero that joins two documents is no
document to anybody who counts: the refund, the credit memo or the difference that it joins is (R5, S5, B1).
"""

JOINS = "(kind = 'receipt' AND part ~ '^(credit|cancelled|difference:.*)$')"
"""Whether a write only joins documents that count by themselves."""
AMOUNT = (
    "CASE WHEN action = 'create' THEN coalesce(abs((record #>> '{money,total}')::numeric),"
    " abs((record #>> '{payment,amount}')::numeric), (subject ->> 'amount')::numeric) ELSE (subject ->> 'amount')::numeric END"
)
"""What a write comes to, whichever way the money goes."""
SORT = (
    "CASE WHEN action = 'create' AND kind = 'sale' AND record ? 'money' THEN coalesce(record ->> 'type', 'sale')"
    " ELSE coalesce(nullif(subject ->> 'sort', ''), kind) END"
)
"""Contact, item, sale, adjustment, receipt or refund."""
