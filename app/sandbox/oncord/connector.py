"""The vendor's surface: the connector API of one site, as the contract's page defines it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.sandbox.oncord import batches, envelopes, listing, marks
from app.sandbox.oncord.escaped import EscapedJSON
from app.sandbox.oncord.problems import Problem, ProblemDetails
from app.sandbox.oncord.records import Entity
from app.sandbox.oncord.site import Site
from app.sandbox.oncord.world import World

PREFIX = "/sites/{site_id}/api/connector/v1"
COUNTED = {"GET": "read", "POST": "batch", "PUT": "write"}

router = APIRouter(
    prefix=PREFIX,
    tags=["connector"],
    responses={
        status: {"model": ProblemDetails, "content": {"application/problem+json": {}}, "description": text}
        for status, text in {
            400: "A cursor, a time or a number of ids that this API does not take.",
            401: "No token, or not (or no longer) this site's.",
            404: "There is no such site.",
            422: "The request has not the shape that this call takes.",
            429: "Too many requests; see Retry-After.",
        }.items()
    },
)


def the_world(request: Request) -> World:
    """The world that this app serves."""
    world: World = request.app.state.world
    return world


TheWorld = Annotated[World, Depends(the_world)]
Credentials = Annotated[
    HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False, description="The site's token."))
]


def authorised(
    request: Request,
    world: TheWorld,
    credentials: Credentials,
    site_id: Annotated[str, Path(description="In the simulator one host serves several sites.", examples=["demo"])],
) -> Site:
    """The site, once its token was shown.

    Raises `Problem` (404, 401) for a site that is not there and a token that is not its own.
    """
    site = world.sites.get(site_id)
    if site is None:
        raise Problem(404, "There is no such site.")
    if site.revoked or credentials is None or credentials.credentials != site.token:
        site.calls["unauthorised"] += 1
        raise Problem(401, "The token is not valid for this site.", headers={"WWW-Authenticate": "Bearer"})
    site.calls["marks" if request.url.path.endswith("/marks") else COUNTED[request.method]] += 1
    return site


TheSite = Annotated[Site, Depends(authorised)]
Ids = Annotated[str | None, Query(description="Up to 200 ids, separated by commas; excludes everything else.")]
Since = Annotated[str | None, Query(description="RFC 3339, inclusive.", examples=["2026-11-22T01:55:00Z"])]
Cursor = Annotated[str | None, Query(description="`next_cursor` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=listing.PAGE)]
Filter = Annotated[str | None, Query(description="Only records with exactly this value.")]


@router.get("/site", response_model=envelopes.SiteInfo)
async def read_site(request: Request, site: TheSite) -> Any:
    """The shop: id, name, time zone, currency, country, whether prices include tax, its features, and where its records are
    found: in the simulator by the side door."""
    found = f"{request.base_url}_sandbox/sites/{site.id}/{{kind}}s/{{id}}"
    members = {name: getattr(site, name) for name in envelopes.SiteInfo.model_fields if name != "record_url"}
    return EscapedJSON({**members, "record_url": found})


@router.get("/payment-methods", response_model=envelopes.PaymentMethods)
async def list_payment_methods(site: TheSite) -> Any:
    """The ways to pay. Titles are edited freely: key on the id."""
    return EscapedJSON({"items": site.payment_methods})


@router.get("/tax-codes", response_model=envelopes.TaxCodes)
async def list_tax_codes(site: TheSite) -> Any:
    """The tax codes, with rates in per cent."""
    return EscapedJSON({"items": site.tax_codes})


@router.get("/products", response_model=envelopes.Products)
async def list_products(site: TheSite) -> Any:
    """The catalogue."""
    return EscapedJSON({"items": site.products})


@router.get("/contacts", response_model=envelopes.ContactPage)
async def list_contacts(
    world: TheWorld,
    site: TheSite,
    ids: Ids = None,
    modified_since: Since = None,
    cursor: Cursor = None,
    limit: Limit = listing.PAGE,
    email: Filter = None,
    external_ref: Filter = None,
) -> Any:
    """Contacts by ids, or in order of change, deleted ones included as stubs."""
    filters = {"email": email, "external_ref": external_ref}
    return _listed(world, site, "contact", ids, modified_since, cursor, limit, filters)


@router.get("/sales", response_model=envelopes.SalePage)
async def list_sales(
    world: TheWorld,
    site: TheSite,
    ids: Ids = None,
    modified_since: Since = None,
    cursor: Cursor = None,
    limit: Limit = listing.PAGE,
    number: Filter = None,
    contact_id: Filter = None,
    external_ref: Filter = None,
) -> Any:
    """Sales by ids, or in order of change, deleted ones included as stubs."""
    filters = {"number": number, "contact_id": contact_id, "external_ref": external_ref}
    return _listed(world, site, "sale", ids, modified_since, cursor, limit, filters)


@router.get("/receipts", response_model=envelopes.ReceiptPage)
async def list_receipts(
    world: TheWorld,
    site: TheSite,
    ids: Ids = None,
    modified_since: Since = None,
    cursor: Cursor = None,
    limit: Limit = listing.PAGE,
    contact_id: Filter = None,
    sale_id: Filter = None,
    external_ref: Filter = None,
) -> Any:
    """Receipts by ids, or in order of change, deleted ones included as stubs."""
    filters = {"contact_id": contact_id, "sale_id": sale_id, "external_ref": external_ref}
    return _listed(world, site, "receipt", ids, modified_since, cursor, limit, filters)


def _listed(
    world: World,
    site: Site,
    entity: Entity,
    ids: str | None,
    modified_since: str | None,
    cursor: str | None,
    limit: int,
    filters: dict[str, str | None],
) -> EscapedJSON:
    shelf, now = site.shelves[entity], world.clock.now()
    if ids is not None:
        answer = listing.by_ids(shelf, ids, now)
    else:
        given = {name: value for name, value in filters.items() if value is not None}
        answer = listing.page(shelf, now, modified_since=modified_since, cursor=cursor, limit=limit, filters=given)
    site.calls["records_read"] += len(answer["items"])
    response = EscapedJSON(answer)
    if answer["next_cursor"] and (stir := world.hazards.strikes("pages_change", entity)) is not None:
        live = [record_id for record_id, record in shelf.records.items() if not record["deleted"]]
        for record_id in world.chance.sample(live, min(int(stir["records"]), len(live))):
            site.touch(entity, shelf.records[record_id], "user")
        world.announce(site)
    return response


@router.post("/contacts/batch", response_model=envelopes.ContactResults)
async def write_contacts(world: TheWorld, site: TheSite, batch: envelopes.ContactBatch) -> Any:
    """Create, update and delete contacts; each operation has a result of its own."""
    return _carried_out(world, site, "contact", batch.operations, batch.backfill)


@router.post("/sales/batch", response_model=envelopes.SaleResults)
async def write_sales(world: TheWorld, site: TheSite, batch: envelopes.SaleBatch) -> Any:
    """Create, update and delete sales; totals and taxes are stored as given, if they add up."""
    return _carried_out(world, site, "sale", batch.operations, batch.backfill)


@router.post("/receipts/batch", response_model=envelopes.ReceiptResults)
async def write_receipts(world: TheWorld, site: TheSite, batch: envelopes.ReceiptBatch) -> Any:
    """Create, update and delete receipts; nothing is charged or refunded."""
    return _carried_out(world, site, "receipt", batch.operations, batch.backfill)


def _carried_out(world: World, site: Site, entity: Entity, operations: list[Any], backfill: bool) -> EscapedJSON:
    results = list(batches.carry_out(site, world.hazards, entity, operations, backfill))
    world.announce(site)
    return EscapedJSON({"results": results})


@router.post("/marks", response_model=marks.MarkResults)
async def set_marks(world: TheWorld, site: TheSite, batch: envelopes.MarkBatch) -> Any:
    """Say how records stand in the books. It is no save: no new version, no event, and the order of change stays."""
    results = list(marks.set_marks(site, batch.marks))
    world.announce(site)
    return EscapedJSON({"results": results})


@router.get("/connector", response_model=envelopes.ConnectorSettings)
async def read_connector(site: TheSite) -> Any:
    """Where the site posts its events."""
    return EscapedJSON(site.connector)


@router.put("/connector", response_model=envelopes.ConnectorSettings)
async def change_connector(world: TheWorld, site: TheSite, settings: envelopes.ConnectorSettings) -> Any:
    """Say where the site posts its events; changes made before are not told."""
    site.connector = settings.model_dump()
    world.announce(site)
    world.events.wake.set()
    return EscapedJSON(site.connector)
