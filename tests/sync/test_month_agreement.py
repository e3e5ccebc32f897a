"""This month's agreement by kind and account: from the last comparison of everything, and never green over a difference."""

import json
from datetime import datetime, timedelta
from typing import Any

from app.container import build_container
from app.services import tie_outs
from app.tieout.period import month_of
from tests.console.pages import shown
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import run
from tests.support.watched import watched


async def stands(api: Any, joint: Joint) -> dict[str, tuple[str, str, str]]:
    answer = await api.get(f"/api/v1/connections/{joint.connection_id}/month")
    assert answer.status_code == 200, answer.text
    return {row["what"]: (row["oncord"], row["quickbooks"], row["stands"]) for row in answer.json()["rows"]}


async def differ(joint: Joint, position: int, cause: str, **line: str) -> None:
    """A difference that a run has found since everything was compared."""
    named = {
        "kind": "sale",
        "what": "date",
        "number": "7",
        "who": "",
        "oncord": "a day",
        "quickbooks": "another day",
        "why": "",
        "cause": cause,
    }
    found = {**named, "currency": "AUD", "amount": "0.00", "date": "2026-11-20", "since": "2026-11-20", **line}
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute(
            "INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, line, standing)"
            " VALUES ('tie_since', %s, %s, %s, %s, true)",
            (position, joint.connection_id, cause, json.dumps(found)),
        )


async def test_the_month_is_told_by_kind_and_account_and_agrees_only_where_nothing_differs(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.receipt(await joint.sale(ada["id"], number="1041"))
    await run(joint)
    async with watched(joint) as seen:
        path = f"/connections/{joint.connection_id}"
        assert (await seen.api.post(f"/api/v1{path}/tie-outs")).status_code == 201
        month = (await seen.api.get(f"/api/v1{path}/month")).json()
        assert month["month"] == "2026-11"
        assert month["light_since"] is not None
        rows = {row["what"]: row for row in month["rows"]}
        [account] = [row["what"] for row in month["rows"] if row["account"]]
        assert set(rows) == {"sales", "receipts", account}
        assert {(row["oncord"], row["quickbooks"], row["stands"]) for row in month["rows"]} == {
            ("22.00", "22.00", "agrees")
        }
        words = shown(await seen.browser.get(path))
        assert "November 2026, by kind and account, as it stood at 20 Nov 2026" in words
        assert "Sales $22.00 $22.00 $0.00 Agrees" in words
        assert "They have agreed since 20 Nov 2026" in words
        certificate = (await seen.api.get(f"/api/v1{path}/tie-outs/{month['tie_out_id']}")).json()
        assert "month" not in certificate, "a certificate is of its own period only"

        await differ(joint, 0, "refused", date="2026-10-31")
        await differ(joint, 1, "refused", currency="USD", sort="sales")
        assert (await stands(seen.api, joint))["sales"][2] == "agrees", "another month's, and another currency's"
        await differ(joint, 2, "refused", sort="sales")
        now = await stands(seen.api, joint)
        assert (now["sales"][2], now["receipts"][2], now[account][2]) == ("same_sum", "agrees", "agrees")
        assert "Same sum, single records differ 1 difference below" in shown(await seen.browser.get(path))
        await differ(joint, 3, "refused", kind="figure", what="sales", date="")
        now = await stands(seen.api, joint)
        assert (now["sales"][2], now["receipts"][2], now[account][2]) == ("same_sum", "agrees", "agrees")
        await differ(joint, 4, "unexplained", kind="receipt", sort="receipts")
        now = await stands(seen.api, joint)
        assert (now["sales"][2], now["receipts"][2], now[account][2]) == ("same_sum", "unexplained", "agrees")
        assert "Something has been without an explanation since 20 Nov 2026" in shown(await seen.browser.get(path))

        joint.clock.pass_time(timedelta(hours=37).total_seconds())
        assert {each[2] for each in (await stands(seen.api, joint)).values()} == {"unknown"}


async def test_amounts_that_lie_apart_differ_and_an_empty_month_says_so(joint: Joint) -> None:
    async with watched(joint) as seen:
        path = f"/connections/{joint.connection_id}"
        empty = (await seen.api.get(f"/api/v1{path}/month")).json()
        assert (empty["month"], empty["rows"]) == ("2026-11", [])
        assert "Nothing is dated in November 2026 on either side." in shown(await seen.browser.get(path))
        await joint.contact()
        await run(joint)
        ada = await joint.contact("Grace", "Hopper", email="grace@example.com")
        await joint.sale(ada["id"], number="1042", currency="USD")
        await run(joint)
        assert (await seen.api.post(f"/api/v1{path}/tie-outs")).status_code == 201

        [sales] = (await seen.api.get(f"/api/v1{path}/month")).json()["rows"]
        assert (sales["what"], sales["currency"], sales["quickbooks"], sales["stands"]) == (
            "sales",
            "USD",
            "0.00",
            "differs",
        )
        assert "0.00 USD" in shown(await seen.browser.get(path))


async def test_a_row_says_that_it_differs_by_its_own_differences_and_never_against_the_light(joint: Joint) -> None:
    """A stranger saw "both sides agree" above sums of before, and refunds that differed for payments of another account."""
    ada = await joint.contact()
    await joint.receipt(await joint.sale(ada["id"], number="1041"))
    unmapped = await joint.sale(ada["id"], number="1042")
    await run(joint)
    async with watched(joint) as seen:
        path = f"/connections/{joint.connection_id}"
        connected = joint.clock.now()
        assert (await seen.api.post(f"/api/v1{path}/tie-outs")).status_code == 201
        before = await stands(seen.api, joint)
        [account] = [name for name in before if name not in ("sales", "receipts")]
        joint.clock.pass_time(60)
        receipt = await joint.receipt(unmapped, "2.00", payment_method_id=await joint.method("cash"))
        await joint.touched("oncord", "receipt", receipt["id"])
        await joint.sync(download=False)

        now = await stands(seen.api, joint)
        assert (now["sales"][2], now["receipts"][2], now[account][2]) == ("agrees", "older", "agrees")
        words = shown(await seen.browser.get(path))
        assert "compare both sides now Has moved since 1 difference below" in words
        assert "A row says that it differs where its own records do; they are named below." in words
        since = (await seen.api.get(f"/api/v1{path}/month")).json()
        assert since["later_at"] is not None
        assert datetime.fromisoformat(since["light_since"]) >= connected, "never before the first comparison"

        assert (await seen.api.post(f"/api/v1{path}/tie-outs")).status_code == 201
        now = await stands(seen.api, joint)
        assert (now["sales"][2], now["receipts"], now[account][2]) == (
            "agrees",
            ("24.00", "22.00", "differs"),
            "agrees",
        )
        async with joint.runtime.database.transaction(
            joint.connection_id
        ) as tx:  # as a run does that has evened it out
            await tx.execute("UPDATE tie_out_difference SET standing = false")
            await tx.execute(
                "INSERT INTO tie_out (id, connection_id, scope, taken_at, judged, differences, unexplained)"
                " VALUES ('tie_since', %s, 'touched', %s, 1, 0, 0)",
                (joint.connection_id, joint.clock.now() + timedelta(seconds=1)),
            )
        assert (await stands(seen.api, joint))["receipts"][2] == "older", (
            "the light agrees, and so does no old sum differ"
        )


async def test_the_month_leads_to_no_certificate_of_other_days(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"])
    await run(joint)
    october = await tie_outs.take(
        build_container(joint.runtime), joint.connection_id, who=SOMEBODY, period=month_of("2026-10")
    )
    async with watched(joint) as seen:
        page = (await seen.browser.get(f"/connections/{joint.connection_id}")).text
    section = page[page.index("by kind and account, as it stood") : page.index("Compare both sides now")]

    assert october.id not in section
    assert "none does now" in section
