"""QuickBooks' own reports are held against the documents where a month is sealed or somebody asks."""

import json
from decimal import Decimal
from typing import Any

from app.container import build_container
from app.services import overview, tie_outs
from app.tieout.certificate import check
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.settlements import journal
from tests.support.stories import customer, invoice, payment, run

D = Decimal
Body = dict[str, Any]


async def looked_at(joint: Joint) -> Body:
    """The certificate of a comparison with the ledger."""
    container = build_container(joint.runtime)
    taken = await tie_outs.take(container, joint.connection_id, who=SOMEBODY, with_ledger=True)
    return dict(json.loads(json.dumps(await tie_outs.read_certificate(container, joint.connection_id, taken.id))))


def beyond(proof: Body) -> dict[str, str | None]:
    return {line["name"]: line["beyond"] for line in proof["ledger"]["lines"]}


async def test_a_ledger_that_holds_nothing_else_agrees_with_the_documents(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "8.00")
    await run(joint)
    proof = await looked_at(joint)

    assert check(proof) == []
    assert proof["ledger"]["not_told"] == []
    assert {line["what"]: (D(line["ledger"]), line["beyond"]) for line in proof["ledger"]["lines"]} == {
        "receivables": (D(14), "0.00"),
        "label G1": (D(22), "0.00"),
        "label G2": (D(0), "0.00"),
        "label G3": (D(0), "0.00"),
        "label 1A": (D(2), "0.00"),
        "account": (D(0), "0.00"),
    }
    agreed = (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement
    assert agreed.ledger_at is not None
    assert agreed.ledger_at.isoformat() == proof["ledger"]["checked_at"]


async def test_what_no_synchronised_document_explains_is_named_with_its_amount(joint: Joint) -> None:
    kay = await customer(joint, "Kay")
    there = await invoice(joint, kay["Id"])
    till = await joint.account("Other Current Asset", "UndepositedFunds")
    await payment(joint, kay["Id"], "9.00", {there["Id"]: "9.00"}, DepositToAccountRef={"value": till})
    await run(joint)
    await journal(joint, kay["Id"], "5.00", await joint.account("Income"))
    await run(joint)
    before = beyond(await looked_at(joint))
    assert before["Owed by customers on the last day"] == "-5.00"
    assert "9.00" not in before.values(), "the payment is a synchronised document"
    await joint.person("deposit", {"payments": [(await joint.books_list("payment"))[0]["Id"]]})
    await run(joint)

    assert "-9.00" in beyond(await looked_at(joint)).values(), "what was banked is gone from undeposited funds"


async def test_where_reports_are_refused_they_are_named_and_nothing_is_held_against_them(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    await joint.hazard("quickbooks", "report_refused")
    proof = await looked_at(joint)

    assert proof["ledger"]["not_told"] == ["AgedReceivables", "TrialBalance", "TaxSummary"]
    assert proof["ledger"]["lines"] == []


async def test_without_them_the_certificate_says_since_when_the_ledger_was_not_checked(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    container = build_container(joint.runtime)
    plain = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    first = await tie_outs.read_certificate(container, joint.connection_id, plain.id)
    between = await looked_at(joint)
    again = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    later = await tie_outs.read_certificate(container, joint.connection_id, again.id)

    assert (first["ledger"], first["ledger_before"]) == (None, "")
    assert later["ledger"] is None
    assert later["ledger_before"] == between["ledger"]["checked_at"]
