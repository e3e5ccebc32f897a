"""What the shop is answered about one sale before it reminds anybody, over the API (docs/oncord.md 5)."""

import httpx
from fastapi import FastAPI

from app.api import settlement
from app.api.auth import require_key
from app.container import build_container
from tests.support.joint import Joint
from tests.support.settlements import up_front
from tests.support.stories import run


async def test_a_sale_is_answered_with_amounts_causes_and_whether_to_chase(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2026-10-01", due_date="2026-11-01")
    await joint.receipt(sale, "10.00")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    await up_front(joint, invoice["Id"], "2.00")
    await run(joint)
    app = FastAPI()
    app.include_router(settlement.router)
    app.state.container = build_container(joint.runtime)
    app.dependency_overrides[require_key] = lambda: None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as api:
        answer = await api.get(f"/api/v1/connections/{joint.connection_id}/sales/{sale['id']}/settlement")

    found = answer.json()
    assert found.pop("as_of")
    assert found == {
        "state": "partly",
        "total": "22.00",
        "settled": "12.00",
        "open": "10.00",
        "currency": "AUD",
        "chase": True,
        "causes": [
            {"cause": "receipt", "amount": "10.00", "label": ""},
            {"cause": "deposit", "amount": "2.00", "label": ""},
        ],
    }
