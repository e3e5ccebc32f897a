"""undecided is a choice.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision: str | None = "0006"
branch_labels = None
depends_on = None

_CHOICES = """
UPDATE connection SET configuration = configuration || jsonb_build_object(
    'payment_methods', (SELECT coalesce(jsonb_agg(CASE WHEN m ? 'choice' THEN m ELSE m || jsonb_build_object('choice',
        CASE WHEN coalesce(m ->> 'deposit_account_id', '') <> '' THEN 'account' ELSE 'undecided' END) END ORDER BY n), '[]')
        FROM jsonb_array_elements(configuration -> 'payment_methods') WITH ORDINALITY AS e (m, n)),
    'tax_codes', (SELECT coalesce(jsonb_agg(CASE WHEN t ? 'choice' THEN t ELSE t || jsonb_build_object('choice',
        CASE WHEN coalesce(t ->> 'quickbooks_id', '') <> '' THEN 'code' ELSE 'undecided' END) END ORDER BY n), '[]')
        FROM jsonb_array_elements(configuration -> 'tax_codes') WITH ORDINALITY AS e (t, n)))
WHERE jsonb_typeof(configuration) = 'object'
"""

_LEFT_OUT_SO_FAR = """
INSERT INTO dirty (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at, seen)
SELECT m.connection_id, m.side, m.kind, m.record_id, 1, c.updated_at, c.updated_at, true FROM mirror m
JOIN connection c ON c.id = m.connection_id AND c.archived_at IS NULL
WHERE m.side = 'oncord' AND m.kind = 'receipt' AND NOT m.deleted
    AND EXISTS (SELECT 1 FROM jsonb_array_elements(c.configuration -> 'payment_methods') p
        WHERE p ->> 'choice' = 'undecided' AND p ->> 'id' = m.record ->> 'channel')
    AND NOT EXISTS (SELECT 1 FROM link l
        WHERE l.connection_id = m.connection_id AND l.kind = m.kind AND l.oncord_id = m.record_id)
ON CONFLICT (connection_id, side, kind, record_id) DO NOTHING
"""

_QUESTION = """
INSERT INTO attention (id, connection_id, key, kind, rule, summary, advice, detail, actions, state, created_at, updated_at)
SELECT 'att_undecided_' || c.id, c.id, 'configuration:payment methods', 'unmapped', 'R1',
    'Nobody has decided yet where receipts of ' || count(*) || CASE count(*) WHEN 1 THEN ' payment method' ELSE ' payment methods'
        END || ' go (' || string_agg(p ->> 'id', ', ' ORDER BY n) || '). They have stayed in Oncord without anybody having'
        || ' said so; from now on such receipts wait. Choose a deposit account for each method in the configuration, or say'
        || ' that they stay in Oncord. Nothing that is in QuickBooks already changes.',
    'Open the configuration and decide about each payment method.',
    jsonb_build_object('methods', jsonb_agg(jsonb_build_object('id', p ->> 'id', 'currency', coalesce(p ->> 'currency', ''),
        'name', '', 'receipts', 0, 'amount', '0') ORDER BY n)),
    '["retry"]', 'open', c.updated_at, c.updated_at
FROM connection c, jsonb_array_elements(c.configuration -> 'payment_methods') WITH ORDINALITY AS e (p, n)
WHERE c.archived_at IS NULL AND jsonb_typeof(c.configuration) = 'object' AND p ->> 'choice' = 'undecided'
GROUP BY c.id
ON CONFLICT (connection_id, key) WHERE state = 'open' DO NOTHING
"""


def upgrade() -> None:
    """Apply. A method without an account was never decided about: its receipts wait under one question from now on."""
    op.execute(_CHOICES)
    op.execute(_LEFT_OUT_SO_FAR)
    op.execute(_QUESTION)


def downgrade() -> None:
    """Take back. What was decided against looks like what was not decided, as it did before."""
    op.execute(
        "UPDATE connection SET configuration = configuration || jsonb_build_object("
        "'payment_methods', (SELECT coalesce(jsonb_agg(m - 'choice' ORDER BY n), '[]')"
        " FROM jsonb_array_elements(configuration -> 'payment_methods') WITH ORDINALITY AS e (m, n)),"
        "'tax_codes', (SELECT coalesce(jsonb_agg(t - 'choice' ORDER BY n), '[]')"
        " FROM jsonb_array_elements(configuration -> 'tax_codes') WITH ORDINALITY AS e (t, n)"
        " WHERE coalesce(t ->> 'quickbooks_id', '') <> ''))"
        " WHERE jsonb_typeof(configuration) = 'object'"
    )
    op.execute("DELETE FROM attention WHERE starts_with(id, 'att_undecided_')")
