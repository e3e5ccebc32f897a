"""What each table holds of people, secrets and the merchant's is in one list, and the page that tells of it says the same."""

import re
from pathlib import Path

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.storage.life.holdings import HOLDINGS, PLAIN
from app.storage.tables import metadata

PAGE = Path(__file__).parents[2] / "docs" / "personal-data.md"


def of_words(table: str) -> set[str]:
    """The columns of a table that can hold a text, or something that was made of one."""
    columns = metadata.tables[table].columns
    return {c.name for c in columns if isinstance(c.type, Text | JSONB | ARRAY)}


def test_every_table_stands_in_the_list() -> None:
    assert {*HOLDINGS} == {*metadata.tables}


def test_every_column_is_somebodys_text_or_has_been_looked_at() -> None:
    for table, holding in HOLDINGS.items():
        said = {*holding.texts, *holding.staff, *holding.secrets, *holding.plain}

        assert of_words(table) - said - PLAIN == set(), table
        assert said - {c.name for c in metadata.tables[table].columns} == set(), table


def test_what_is_a_secret_or_somebodys_text_counts_as_nothing_else() -> None:
    for table, holding in HOLDINGS.items():
        kinds = (holding.texts, holding.staff, holding.secrets, holding.plain)
        assert len({c for kind in kinds for c in kind}) == sum(map(len, kinds)), table


def test_the_page_lists_each_column_in_which_a_persons_text_can_stand() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in rows} == {
        table: {*holding.texts} for table, holding in HOLDINGS.items() if holding.texts
    }
