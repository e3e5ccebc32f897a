"""What the shop is answered before it reminds somebody of an unpaid invoice."""

from tests.support.app import Service


async def test_a_sale_that_was_never_seen_is_unknown_and_nobody_is_chased(service: Service) -> None:
    connection_id, _ = await service.ready_connection()

    answer = await service.api.get(f"/api/v1/connections/{connection_id}/sales/4711/settlement")

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "state": "unknown",
        "total": "0",
        "settled": "0",
        "open": "0",
        "currency": "",
        "chase": False,
        "causes": [],
        "as_of": None,
        "opening_since": None,
        "opening_balance": None,
    }


async def test_a_connection_that_is_not_there_is_a_404(service: Service) -> None:
    answer = await service.api.get("/api/v1/connections/con_nobody/sales/1/settlement")
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (404, "connection-not-found")


async def test_an_id_that_no_shop_gives_is_refused(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    answer = await service.api.get(f"/api/v1/connections/{connection_id}/sales/%00/settlement")
    assert answer.status_code == 422
