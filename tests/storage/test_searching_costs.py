"""A search costs what it finds, and not how many bear the words: of common words, rare ones and such that nobody has."""

from typing import Any

import psycopg

from app.domain.matching.search_keys import search_for
from app.domain.model.records import Kind, Side
from app.storage.database import conninfo
from app.storage.records import search
from tests.support.counted import Counted, Watched
from tests.support.services import DatabaseUrls
from tests.support.walls import serving

PEOPLE = 24_000
MOST_PAGES = 12_000
"""To look up each of those who have the rarest word, where few have it; looking up all who bear a common one takes several times that."""
FIRST = ("ada", "grace", "alan", "kay")
LAST = ("byron", "hopper", "turing")

_FILL = """
INSERT INTO search_key (connection_id, key, side, kind, record_id)
SELECT 'con_1', k.key, 'oncord', 'contact', 'x' || n FROM generate_series(0, %(people)s::int - 1) AS n
CROSS JOIN LATERAL unnest(ARRAY[(%(first)s::text[])[1 + n %% 4], (%(last)s::text[])[1 + n / 4 %% 3], 'person' || n || '@example.com'])
    AS k(key)
"""


def bear(words: list[str]) -> set[str]:
    """Who has a word that begins with each of these, by looking at everybody."""
    found = set()
    for n in range(PEOPLE):
        own = (FIRST[n % 4], LAST[n // 4 % 3], f"person{n}@example.com")
        if all(any(each.startswith(word) for each in own) for word in words):
            found.add(f"x{n}")
    return found


TYPED = (
    "ada",
    "ada byron",
    "byron ada",
    "ada grace",
    "person byron",
    "a person",
    "ada zz",
    "person7 ada",
    "a b person1",
    "zz",
)


async def test_few_pages_are_read_whichever_words_are_typed(own_database: DatabaseUrls) -> None:
    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        admin.execute(_FILL, {"people": PEOPLE, "first": list(FIRST), "last": list(LAST)})
        admin.execute("VACUUM ANALYZE search_key")

    async with serving(own_database.app) as database, database.transaction("con_1") as tx:
        for text in TYPED:
            counted, expected = Counted(explain=True), bear(text.split())
            watched: Any = Watched(tx, counted)

            found = await search.of_words(watched, "con_1", search_for(text), 51)

            assert {key[:2] for key in found} <= {(Side.ONCORD, Kind.CONTACT)}, text
            assert {key[2] for key in found} <= expected, text
            assert len(found) == min(51, len(expected)), text
            assert len(counted.statements) <= 2, text
            assert sum(counted.pages) < MOST_PAGES, (text, counted.pages)
