"""What a document in QuickBooks says of the operation that made it, and of what it was made."""

import pytest

from app.quickbooks.mapping.sale import marked, marker_in, operation_in


@pytest.mark.parametrize(
    ("source", "marker"),
    [
        ("", "op_5"),
        ("con_1:sale:17", "op_5:con_1:sale:17"),
        ("con_1:sale:17:g2", "op_5:con_1:sale:17:g2"),
        ("con_1:sale:17:opening 2026-07-01", "op_5"),  # no mark has a space
        ("con_1:sale:[17]", "op_5"),
        (f"con_1:sale:{'1' * 200}", "op_5"),
    ],
)
def test_a_mark_names_its_operation_and_of_what_it_made_the_document_where_it_can(source: str, marker: str) -> None:
    note = f"Oncord sale 1042 {marked('op_5', source)} seen"

    assert marker_in({"PrivateNote": note}) == marker
    assert operation_in(marker_in({"PrivateNote": note})) == "op_5"


def test_a_mark_of_before_names_its_operation() -> None:
    assert operation_in(marker_in({"PrivateNote": "Oncord sale 1042 [oncord:op_5]"})) == "op_5"
    assert operation_in(marker_in({"PrivateNote": "somebody's own"})) == ""
