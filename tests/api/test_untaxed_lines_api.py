"""What lines without a tax code are is a choice of its own: offered with what it means, preselected never, refused in words."""

from typing import Any

from tests.support.app import Service

SORTS = {"products", "free_text", "shipping", "discounts"}
NOTHING = {destination: dict.fromkeys(SORTS) for destination in ("home", "abroad")}


async def code(service: Service, connection_id: str, name: str) -> str:
    offered = (await service.choices(connection_id))["quickbooks_tax_codes"]
    return next(str(each["id"]) for each in offered if each["name"] == name)


async def test_it_is_offered_with_its_labels_and_an_export_is_proposed_but_nothing_is_preselected(
    service: Service,
) -> None:
    connection_id, _ = await service.ready_connection()
    choices = await service.choices(connection_id)

    assert {c["name"]: c["label"] for c in choices["untaxed_codes"]} == {
        "GST-free": "G1 and G3 of the BAS",
        "GST-free exports": "G1 and G2 of the BAS",
        "Input taxed": "G1 and G4 of the BAS",
        "Out of Scope": "on no label of the BAS",
    }
    export = await code(service, connection_id, "GST-free exports")
    assert {(w["sort"], w["destination"], w["proposed"]) for w in choices["untaxed_lines"]} == {
        (sort, destination, export if destination == "abroad" else None)
        for sort in SORTS
        for destination in ("home", "abroad")
    }
    assert choices["suggested"]["untaxed_lines"] == NOTHING
    address = f"/api/v1/connections/{connection_id}/configuration"
    assert (await service.api.get(address)).json()["untaxed_lines"] == NOTHING


async def test_what_is_chosen_is_kept_and_what_cannot_be_is_refused_at_its_field(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    free = await code(service, connection_id, "GST-free")
    answer = await service.configure(connection_id, untaxed_lines={"home": {"products": free}})

    stored = answer.json()
    assert stored["untaxed_lines"] == {**NOTHING, "home": {**NOTHING["home"], "products": free}}
    again = await service.api.put(f"/api/v1/connections/{connection_id}/configuration", json=stored)
    assert (again.status_code, again.json()) == (200, stored)

    wrong: dict[str, Any] = {
        "home": {"products": await code(service, connection_id, "GST"), "shipping": "999"},
        "abroad": {"discounts": free},
    }
    refused = await service.configure(connection_id, untaxed_lines=wrong)
    assert refused.status_code == 422
    assert {e["field"]: e["message"] for e in refused.json()["errors"]} == {
        "untaxed_lines.home.products": "GST is 10 %. Choose a code of 0 % for a line without tax.",
        "untaxed_lines.home.shipping": "The company has no such active tax code.",
    }
