"""What pays the documents of QuickBooks, and when the last of their customers' payments moved, as a tie-out reads it."""

from app.domain.model.records import Kind

_APPLIED = """
    FROM own_mirror m CROSS JOIN LATERAL jsonb_array_elements(m.record #> '{{payment,allocations}}') a
    WHERE m.connection_id = %(c)s AND m.side = 'quickbooks' AND m.kind = 'receipt' AND NOT m.deleted
    AND NOT coalesce((m.record ->> 'voided')::boolean, false) AND coalesce(a ->> 'type', 'sale') <> 'refund'
"""
_OF_ALL = f"""
LEFT JOIN (
    SELECT a ->> 'sale_id' AS record_id, sum((a ->> 'amount')::numeric) AS amount {_APPLIED} {{only}} GROUP BY 1
) q_paid ON q_paid.record_id = q.record_id
LEFT JOIN (
    SELECT m.record ->> 'contact_id' AS contact_id, max(m.modified_at) AS moved_at FROM mirror m
    WHERE m.connection_id = %(c)s AND m.side = 'quickbooks' AND m.kind = 'receipt' {{only}} GROUP BY 1
) q_moved ON q_moved.contact_id = q.record ->> 'contact_id'
"""
_OF_EACH = f"""
LEFT JOIN LATERAL (
    SELECT sum((a ->> 'amount')::numeric) AS amount {_APPLIED.format()}
    AND m.pays && ARRAY[%(c)s || ' quickbooks ' || q.record_id] AND a ->> 'sale_id' = q.record_id
) q_paid ON true
LEFT JOIN LATERAL (
    SELECT max(m.modified_at) AS moved_at FROM mirror m WHERE m.connection_id = %(c)s AND m.side = 'quickbooks'
    AND m.kind = 'receipt' AND m.key_contact = q.key_contact AND m.key_contact <> ''
) q_moved ON true
"""
_OF_MONEY = (
    "CROSS JOIN (SELECT NULL::numeric AS amount) q_paid CROSS JOIN (SELECT NULL::timestamptz AS moved_at) q_moved"
)


def of_all(kind: Kind, *, whole: bool) -> str:
    """Joins to a statement over most of the documents `q`, as `q_paid` and `q_moved`: worked out of all payments at once, or of
    those of `customers`. Nothing pays money."""
    only = "" if whole else "AND m.key_contact = ANY(%(customers)s)"
    return _OF_ALL.format(only=only) if kind is Kind.SALE else _OF_MONEY


def of_each(kind: Kind) -> str:
    """The same to a statement over few of them: looked up one after the other."""
    return _OF_EACH if kind is Kind.SALE else _OF_MONEY
