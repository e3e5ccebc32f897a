"""One escaping function, and statements of the query language. Set QUERY_EXAMPLES=100000 for the full search."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quickbooks.mapping.query import one_of, quoted, select
from app.sandbox.quickbooks.requests.query_language import parse

EXAMPLES = int(os.environ.get("QUERY_EXAMPLES", "300"))


def unquoted(literal: str) -> str:
    """The value of a literal, read as the language is documented; fails where it ends early."""
    assert literal[0] == "'"
    value, i = [], 1
    while literal[i] != "'":
        i += literal[i] == "\\"
        value.append(literal[i])
        i += 1
    assert i == len(literal) - 1
    return "".join(value)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")) | st.text(alphabet="'\\%\"a "))
def test_any_text_survives_quoting(value: str) -> None:
    assert unquoted(quoted(value)) == value


@settings(max_examples=EXAMPLES // 3, deadline=None)
@given(st.text(alphabet="'\\%\"a \n\tü", min_size=1))
def test_any_text_stays_one_value_of_a_statement(value: str) -> None:
    query = parse(select("Customer", [one_of("DisplayName", [value, "x"])]))

    assert query.where[0].values == (value, "x")
    assert [condition.property for condition in query.where] == ["DisplayName", "Active"]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            select("Customer"),
            "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000",
        ),
        (
            select("Invoice", ["DocNumber = 'x'"], fields="Id", order="", start=3, limit=7),
            "SELECT Id FROM Invoice WHERE DocNumber = 'x' STARTPOSITION 3 MAXRESULTS 7",
        ),
    ],
)
def test_a_statement_reads_as_the_language_has_it(statement: str, expected: str) -> None:
    assert statement == expected
