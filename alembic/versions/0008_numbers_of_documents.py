r"""numbers of documents are looked up without their leading zeros, "#" and blanks.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision: str | None = "0007"
branch_labels = None
depends_on = None

FORM = r"regexp_replace(regexp_replace({0}, '[#\s]', '', 'g'), '(^|[^0-9.,])0+(?=[0-9])', '\1', 'g')"
"""`document_numbers.form` of a text that is without case already."""

SHORTENED = "lower(left({0}, 8) || '~' || right({0}, 12))"
"""`document_numbers.held` of a number that is longer than QuickBooks holds."""


def upgrade() -> None:
    """Apply: the keys of documents that are there already take the new form; a long number gets a second one."""
    whole = "record->>'number'"
    long_one = f"CASE WHEN length({whole}) > 21 THEN {FORM.format(SHORTENED.format(whole))} ELSE '' END"
    plain = FORM.format("left(key_number, 21)")
    keys = f"key_number = {plain}, key_name = {long_one}"
    op.execute("UPDATE mirror SET " + keys + " WHERE kind = 'sale' AND key_number <> ''")  # noqa: S608


def downgrade() -> None:
    """Take back: the plain number without case."""
    op.execute(
        "UPDATE mirror SET key_number = lower(record->>'number'), key_name = '' WHERE kind = 'sale' AND key_number <> ''"
    )
