r"""Documents are looked up without the separators in their numbers: which records have keys of an earlier version.

Revision ID: 0019
Revises: 0018

The keys of documents that are there already are worked out by the next run of their connection, as those of people are.
"""

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None

FORM = r"regexp_replace(regexp_replace(lower({0}), '[#\s]', '', 'g'), '(^|[^0-9.,])0+(?=[0-9])', '\1', 'g')"
"""What a number was looked up by before: without case, "#", blanks and leading zeros."""

SHORTENED = "left({0}, 8) || '~' || right({0}, 12)"


def upgrade() -> None:
    """Apply."""
    op.drop_index("mirror_with_old_keys", table_name="mirror")
    op.create_index(
        "mirror_by_keys_version",
        "mirror",
        ["connection_id", "keys_version"],
        postgresql_where=sa.text("kind IN ('contact', 'sale')"),
    )


def downgrade() -> None:
    """Undo: the keys of documents as they were; those of people are worked out by the next run."""
    number = "record->>'number'"
    long_one = f"CASE WHEN length({number}) > 21 THEN {FORM.format(SHORTENED.format(number))} ELSE '' END"
    keys = f"key_number = {FORM.format(f'left({number}, 21)')}, key_name = {long_one}"
    op.execute(f"UPDATE mirror SET {keys} WHERE kind = 'sale' AND key_number <> ''")  # noqa: S608
    op.execute("UPDATE mirror SET keys_version = 0 WHERE kind IN ('contact', 'sale')")
    op.drop_index("mirror_by_keys_version", table_name="mirror")
    op.create_index(
        "mirror_with_old_keys",
        "mirror",
        ["connection_id"],
        postgresql_where=sa.text("kind = 'contact' AND keys_version < 1"),
    )
