"""What people have said about single sales from before the start date that were open on it; those of before are looked at.

Revision ID: 0026
Revises: 0025

Until now such sales were left out in silence, with what pays them. Each of them is queued once, and so are the receipts since
the start date that have no payment: a run asks about all of them in one question. A sale is open here as long as receipts
dated before the start date leave something of it.
"""

import sqlalchemy as sa

from alembic import op

revision = "0026"
down_revision: str | None = "0025"
branch_labels = None
depends_on = None

_EARLY = """
WITH early AS (
    SELECT m.connection_id, m.record_id, c.configuration ->> 'start_date' AS start, (m.record #>> '{money,total}')::numeric AS total
    FROM mirror m JOIN connection c ON c.id = m.connection_id AND c.configuration IS NOT NULL
    WHERE m.side = 'oncord' AND m.kind = 'sale' AND NOT m.deleted AND m.record ->> 'date' < c.configuration ->> 'start_date'
        AND coalesce(m.record ->> 'type', 'sale') = 'sale' AND coalesce(m.record ->> 'status', 'confirmed') = 'confirmed'
        AND NOT coalesce((m.record ->> 'voided')::boolean, false)
        AND NOT EXISTS (SELECT 1 FROM link l WHERE l.connection_id = m.connection_id AND l.kind = 'sale'
            AND l.oncord_id = m.record_id AND l.state IN ('live', 'tombstone'))
), paid AS (
    SELECT r.connection_id, r.record_id, a ->> 'sale_id' AS sale_id, (a ->> 'amount')::numeric AS amount,
        r.record ->> 'date' < e.start AS before
    FROM mirror r CROSS JOIN LATERAL jsonb_array_elements(r.record #> '{payment,allocations}') a
    JOIN early e ON e.connection_id = r.connection_id AND e.record_id = a ->> 'sale_id'
    WHERE r.side = 'oncord' AND r.kind = 'receipt' AND NOT r.deleted
        AND NOT coalesce((r.record ->> 'voided')::boolean, false)
), open AS (
    SELECT e.connection_id, e.record_id FROM early e WHERE e.total > coalesce((SELECT sum(p.amount) FROM paid p
        WHERE p.connection_id = e.connection_id AND p.sale_id = e.record_id AND p.before), 0)
), looked_at AS (
    SELECT connection_id, 'sale' AS kind, record_id FROM open
    UNION SELECT p.connection_id, 'receipt', p.record_id FROM paid p
        JOIN open o ON o.connection_id = p.connection_id AND o.record_id = p.sale_id WHERE NOT p.before
)
INSERT INTO pending_change (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at, mirrored)
SELECT connection_id, 'oncord', kind, record_id, 1, now(), now(), true FROM looked_at
ORDER BY connection_id, kind, record_id
ON CONFLICT (connection_id, side, kind, record_id) DO NOTHING
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "opening_answer",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("sale_id", sa.Text(), primary_key=True),
        sa.Column("choice", sa.Text(), nullable=False, server_default=""),
        sa.Column("document_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("answered_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(_EARLY)


def downgrade() -> None:
    """Undo."""
    op.drop_table("opening_answer")
