"""The side door, part two: what a person does in the shop's own screens.

`POST` takes one record or a list of them and answers likewise; `GET` lists everything, stubs of deleted
records included. Whatever happens here is told to the connector like any other change.
"""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError

from app.sandbox.oncord import person
from app.sandbox.oncord.connector import TheWorld
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.hazards import SINGULAR
from app.sandbox.oncord.problems import Problem, complaints
from app.sandbox.oncord.records import Entity, PaymentMethod, Product, TaxCode
from app.sandbox.oncord.side_door import TheShop
from app.sandbox.oncord.site import Site

router = APIRouter(prefix="/_sandbox/sites/{site_id}", include_in_schema=False)

ENTITIES: dict[str, Entity] = {"contacts": "contact", "sales": "sale", "receipts": "receipt"}
SETTINGS: dict[str, tuple[str, type[BaseModel], str]] = {
    "products": ("products", Product, "id"),
    "payment-methods": ("payment_methods", PaymentMethod, "id"),
    "tax-codes": ("tax_codes", TaxCode, "code"),
}


def _entity(collection: str) -> Entity:
    if collection not in ENTITIES:
        raise Problem(404, f"There are no {collection} here.")
    return ENTITIES[collection]


def _settings(site: Site, collection: str) -> list[Record]:
    items: list[Record] = getattr(site, SETTINGS[collection][0])
    return items


@router.get("/{collection}")
async def list_all(world: TheWorld, site: TheShop, collection: str) -> Any:
    """Everything, unpaged, deleted included."""
    if collection in SETTINGS:
        return {"items": _settings(site, collection)}
    shelf, now = site.shelves[_entity(collection)], world.clock.now()
    return {"items": [record for record_id in list(shelf.records) if (record := shelf.get(record_id, now))]}


@router.get("/{collection}/{record_id}")
async def read_one(world: TheWorld, site: TheShop, collection: str, record_id: str) -> Any:
    """One record or stub."""
    if collection in SETTINGS:
        return _setting(site, collection, record_id)
    record = site.shelves[_entity(collection)].get(record_id, world.clock.now())
    if record is None:
        raise Problem(404, f"There is no {SINGULAR[collection]} {record_id}.")
    return record


@router.post("/{collection}")
async def create(world: TheWorld, site: TheShop, collection: str, typed: dict[str, Any] | list[dict[str, Any]]) -> Any:
    """A person creates a record; a list of them is taken in order until one is refused."""
    try:
        if isinstance(typed, list):
            return [_created(site, collection, one) for one in typed]
        return _created(site, collection, typed)
    finally:
        world.announce(site)


def _created(site: Site, collection: str, typed: dict[str, Any]) -> Record:
    if collection not in SETTINGS:
        return person.create(site, _entity(collection), typed)
    items, key = _settings(site, collection), SETTINGS[collection][2]
    if key == "id" and "id" not in typed:
        typed = {**typed, "id": str(1 + max((int(item["id"]) for item in items if item["id"].isdigit()), default=0))}
    setting = _checked(collection, typed)
    if any(item[key] == setting[key] for item in items):
        raise Problem(409, f"{key} {setting[key]} is taken.")
    items.append(setting)
    return setting


def _checked(collection: str, typed: dict[str, Any]) -> Record:
    texts = {
        name: str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
        for name, value in typed.items()
    }
    try:
        return SETTINGS[collection][1].model_validate(texts).model_dump()
    except ValidationError as error:
        raise Problem(422, f"This cannot be one of the {collection}.", errors=complaints(error)) from error


def _setting(site: Site, collection: str, record_id: str) -> Record:
    key = SETTINGS[collection][2]
    for item in _settings(site, collection):
        if item[key] == record_id:
            return item
    raise Problem(404, f"There is no {record_id} among the {collection}.")


@router.patch("/{collection}/{record_id}")
async def edit(world: TheWorld, site: TheShop, collection: str, record_id: str, typed: dict[str, Any]) -> Any:
    """A person edits a record; its totals are worked out anew."""
    try:
        if collection in SETTINGS:
            setting = _setting(site, collection, record_id)
            setting.update(_checked(collection, {**setting, **typed}))
            return setting
        return person.edit(site, _entity(collection), record_id, typed)
    finally:
        world.announce(site)


@router.delete("/{collection}/{record_id}")
async def delete(world: TheWorld, site: TheShop, collection: str, record_id: str, cascade: bool = False) -> Any:
    """A person deletes a record; answers its stub."""
    try:
        if collection in SETTINGS:
            setting = _setting(site, collection, record_id)
            _settings(site, collection).remove(setting)
            return setting
        return person.delete(site, _entity(collection), record_id, cascade=cascade)
    finally:
        world.announce(site)


@router.post("/{collection}/{record_id}/restore")
async def restore(world: TheWorld, site: TheShop, collection: str, record_id: str) -> Any:
    """A person brings a deleted record back."""
    record = person.restore(site, _entity(collection), record_id)
    world.announce(site)
    return record


class Merge(BaseModel):
    """Which contact stays."""

    into: str


@router.post("/contacts/{record_id}/merge")
async def merge(world: TheWorld, site: TheShop, record_id: str, wanted: Merge) -> Any:
    """A person merges a contact into another; answers the one that stays."""
    winner = person.merge(site, record_id, wanted.into)
    world.announce(site)
    return winner
