"""A void that was answered as done although the document is not void is never taken for one (S5)."""

import json

import httpx
import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import asked, book, quiet, run


class Deaf(httpx.AsyncBaseTransport):
    """A QuickBooks that takes a void for an update of nothing, as long as `deaf`."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner, self.deaf = inner, True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.deaf and request.url.path.endswith("/batch"):
            sent = json.loads(request.content)
            for item in sent["BatchItemRequest"]:
                if item.get("operation") == "void":
                    item["operation"] = "update"
                    item["Invoice"]["sparse"] = True
            headers = {k: v for k, v in request.headers.items() if k != "content-length"}
            request = httpx.Request(request.method, request.url, headers=headers, content=json.dumps(sent).encode())
        return await self._inner.handle_async_request(request)


async def invoiced(joint: Joint) -> tuple[str, str]:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    return sale["id"], made["Id"]


@pytest.mark.parametrize("again", ["retry", "by hand"])
async def test_s5_an_invoice_that_was_not_voided_is_asked_about_and_voided_in_the_end(
    own_database: DatabaseUrls, again: str
) -> None:
    found: list[Deaf] = []

    def around(side: str, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        if side != "quickbooks":
            return transport
        found.append(Deaf(transport))
        return found[0]

    async with joined(own_database.app, around=around) as joint:
        sale_id, invoice_id = await invoiced(joint)
        await joint.in_shop("PATCH", f"sales/{sale_id}", {"voided": True})
        await run(joint)

        assert (await book(joint, "invoice", invoice_id))["TotalAmt"] == 22
        [item] = await joint.attention()
        assert (item.rule, item.kind) == ("S5", "refused")
        assert "left it as it is" in item.summary
        await quiet(joint)

        found[0].deaf = False
        if again == "retry":
            await joint.answer(item.id, "retry")
        else:
            await joint.person("invoice", {"Id": invoice_id}, operation="void")
        await run(joint)

        assert (await book(joint, "invoice", invoice_id))["TotalAmt"] == 0
        assert await asked(joint) == []
        await quiet(joint)
