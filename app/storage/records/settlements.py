"""What both sides hold about one sale, in one read by indexes: its mirrors and link, what is applied to it, what is doubted.

Whoever reminds people of unpaid invoices asks for each of them, so that this must not grow with what there is.
"""

import datetime as dt

from app.domain.model.link_part import Opening, parse_part
from app.domain.model.records import Kind, Sale, Side
from app.domain.settlement.state import Standing
from app.domain.settlement.whole import as_one
from app.storage.database import Transaction
from app.storage.encoding import record_from_json
from app.storage.records.settled_otherwise import applied, parts_of

STANDING = """
WITH pair AS MATERIALIZED (
    SELECT quickbooks_id, state, gone, part FROM link
    WHERE connection_id = %(c)s AND kind = 'sale' AND oncord_id = %(id)s AND state IN ('live', 'tombstone')
        AND part !~ '^(cancelled$|difference:)'
    ORDER BY state <> 'live', id DESC LIMIT 1
), beside AS MATERIALIZED (
    SELECT l.quickbooks_id, m.record FROM link l JOIN mirror m ON m.connection_id = %(c)s AND m.side = 'quickbooks'
        AND m.kind = 'sale' AND m.record_id = l.quickbooks_id AND NOT m.deleted
    WHERE l.connection_id = %(c)s AND l.kind = 'sale' AND l.oncord_id = %(id)s AND l.state = 'live' AND l.part ~ '^difference:'
), own AS MATERIALIZED (
    SELECT record, deleted FROM mirror
    WHERE connection_id = %(c)s AND side = 'oncord' AND kind = 'sale' AND record_id = %(id)s
), books AS MATERIALIZED (
    SELECT record, deleted FROM mirror WHERE connection_id = %(c)s AND side = 'quickbooks' AND kind = 'sale'
        AND record_id = (SELECT quickbooks_id FROM pair)
), applied AS MATERIALIZED (
    SELECT m.side, m.record_id, m.record #>> '{payment,amount}' AS cash,
        (SELECT sum((a ->> 'amount')::numeric * CASE
                WHEN coalesce(a ->> 'type', 'sale') <> coalesce((SELECT record ->> 'type' FROM books), 'sale')
                AND a ->> 'sale_id' IN (SELECT quickbooks_id FROM beside) THEN -1 ELSE 1 END)
            FROM jsonb_array_elements(m.record #> '{payment,allocations}') a
            WHERE a ->> 'sale_id' = CASE m.side WHEN 'oncord' THEN %(id)s ELSE (SELECT quickbooks_id FROM pair) END
                OR m.side = 'quickbooks' AND a ->> 'sale_id' IN (SELECT quickbooks_id FROM beside))::text AS amount,
        CASE m.side
            WHEN 'oncord' THEN (SELECT l.oncord_id FROM link l WHERE l.connection_id = %(c)s AND l.kind = 'receipt'
                AND l.oncord_id = m.record_id AND l.state = 'live' LIMIT 1)
            ELSE (SELECT l.oncord_id FROM link l WHERE l.connection_id = %(c)s AND l.kind = 'receipt'
                AND l.quickbooks_id = m.record_id AND l.state = 'live' LIMIT 1)
        END AS receipt_id,
        m.side = 'oncord' AND coalesce((m.record #>> '{payment,amount}')::numeric, 0) = 0 AND EXISTS (
            SELECT 1 FROM jsonb_to_recordset(m.record #> '{payment,allocations}') AS a(sale_id text)
            JOIN mirror w ON w.connection_id = %(c)s AND w.side = 'oncord' AND w.kind = 'sale'
                AND w.record_id = a.sale_id AND w.record ->> 'adjustment_reason' = 'bad_debt') AS written_off
    FROM own_mirror m
    WHERE m.kind = 'receipt' AND NOT m.deleted AND m.record ->> 'voided' IS DISTINCT FROM 'true'
        AND m.pays && (SELECT array_remove(ARRAY[%(c)s || ' oncord ' || %(id)s,
            %(c)s || ' quickbooks ' || (SELECT quickbooks_id FROM pair)], NULL)
            || ARRAY(SELECT %(c)s || ' quickbooks ' || quickbooks_id FROM beside))
), documents AS MATERIALIZED (
    SELECT 'oncord' AS side, %(id)s::text AS record_id UNION ALL SELECT 'quickbooks', quickbooks_id FROM pair
    UNION ALL SELECT 'quickbooks', quickbooks_id FROM beside
)
SELECT (SELECT record FROM own) AS sale, coalesce((SELECT deleted FROM own), false) AS sale_deleted,
    (SELECT state FROM pair) AS link, (SELECT gone FROM pair) AS gone, (SELECT part FROM pair) AS part,
    (SELECT record FROM books) AS invoice, coalesce((SELECT deleted FROM books), false) AS invoice_deleted,
    (SELECT coalesce(jsonb_agg(record ORDER BY quickbooks_id), '[]') FROM beside) AS beside,
    (SELECT coalesce(jsonb_agg(to_jsonb(applied) ORDER BY side, record_id), '[]') FROM applied WHERE amount::numeric <> 0) AS applied,
    (SELECT parts FROM settled_otherwise WHERE connection_id = %(c)s
        AND quickbooks_id = (SELECT quickbooks_id FROM pair)) AS parts,
    (SELECT CASE WHEN count(watermark) = 4 THEN min(watermark) END FROM cursor
        WHERE connection_id = %(c)s AND kind IN ('sale', 'receipt')) AS as_of,
    EXISTS (SELECT 1 FROM pending_change d WHERE d.connection_id = %(c)s AND d.kind = 'receipt' AND NOT d.mirrored)
    OR EXISTS (SELECT 1 FROM documents t JOIN pending_change d ON d.connection_id = %(c)s AND d.side = t.side
        AND d.kind = 'sale' AND d.record_id = t.record_id)
    OR EXISTS (SELECT 1 FROM documents t JOIN attention a ON a.connection_id = %(c)s AND a.state = 'open'
        AND a.record_kind = 'sale' AND a.record_id = t.record_id AND a.side = t.side AND a.kind <> 'settled_otherwise')
    OR EXISTS (SELECT 1 FROM applied t JOIN attention a ON a.connection_id = %(c)s AND a.state = 'open'
        AND a.record_kind = 'receipt' AND a.record_id = t.record_id AND a.side = t.side)
    OR EXISTS (SELECT 1 FROM applied t JOIN pending_change d ON d.connection_id = %(c)s AND d.side = t.side
        AND d.kind = 'receipt' AND d.record_id = t.record_id)
    OR EXISTS (SELECT 1 FROM applied t JOIN attention a ON a.connection_id = %(c)s AND a.state = 'open'
        AND a.record_kind = 'receipt' AND a.kind = 'ambiguous_match' AND a.side <> t.side
        AND a.detail -> 'choices' @> jsonb_build_array(jsonb_build_object('side', t.side, 'id', t.record_id)))
    OR EXISTS (SELECT 1 FROM attention a WHERE a.connection_id = %(c)s AND a.state = 'open' AND a.record_kind = 'sale'
        AND a.kind = 'ambiguous_match' AND a.side = 'quickbooks'
        AND a.detail -> 'choices' @> jsonb_build_array(jsonb_build_object('side', 'oncord', 'id', %(id)s::text)))
    AS doubted
"""


async def standing(tx: Transaction, connection_id: str, sale_id: str) -> Standing:
    """What is known about the sale of this id in Oncord; an empty `Standing` where it was never seen."""
    result = await tx.execute(STANDING, {"c": connection_id, "id": sale_id})
    row = await result.fetchone()
    assert row is not None
    sale, invoice = (record_from_json(Kind.SALE, row[name]) for name in ("sale", "invoice"))
    assert sale is None or isinstance(sale, Sale)
    assert invoice is None or isinstance(invoice, Sale)
    beside = [each for record in row["beside"] if isinstance(each := record_from_json(Kind.SALE, record), Sale)]
    invoice = as_one(invoice, beside) if invoice is not None else None
    return Standing(
        sale=sale,
        sale_deleted=row["sale_deleted"],
        linked=row["link"] == "live",
        invoice=invoice if row["link"] == "live" else None,
        invoice_gone=row["gone"] == Side.QUICKBOOKS if row["link"] == "tombstone" else row["invoice_deleted"],
        applied=tuple(applied(each) for each in row["applied"]),
        otherwise=parts_of(row["parts"] or ()),
        as_of=row["as_of"],
        doubted=row["doubted"],
        opening=_opening(row["part"] or "") if row["link"] == "live" else None,
    )


def _opening(part: str) -> dt.date | None:
    """Since when a document stands for what was open of a sale, and is not the sale itself (S1)."""
    parsed = parse_part(Kind.SALE, part)
    return parsed.day if isinstance(parsed, Opening) and not parsed.whole else None
