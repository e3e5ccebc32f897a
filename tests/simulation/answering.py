"""What people do in our own console: answer questions, put back, change the mapping, look at a dry run, connect again."""

import random
from urllib.parse import parse_qsl, urlsplit

from app.container import build_container
from app.errors import Rejection
from app.services import consent
from app.services.ports import ServiceContainer
from app.storage.connections import connections
from app.storage.people import attention, bulk_questions
from tests.simulation.life import BOOKS, MEMBERS, SHOP, Body, Life, Typed, stands
from tests.simulation.scheduled import unscheduled
from tests.support.joint import CONNECTION
from tests.support.people import SOMEBODY


async def question_answered(life: Life) -> None:
    """Somebody works through the attention items, one way or another."""
    asked = await life.joint.attention()
    if asked:
        await answer_item(life, life.chance.choice(asked))


async def conflict_answered(life: Life) -> None:
    """Somebody answers a conflict, and as often as not goes on typing in the same field."""
    asked = [i for i in await life.joint.attention() if i.kind == "conflict"]
    if not asked:
        return
    item = life.chance.choice(asked)
    await answer_item(life, item, "use_other" if "use_other" in item.actions and life.likely(0.7) else None)
    if life.likely(0.6):
        await _type_on(life, item)


async def answer_item(life: Life, item: Body, action: str | None = None) -> None:
    """Somebody answers an item, in one of its ways unless `action` says which."""
    action = action or life.chance.choice(item.actions)
    choice = life.chance.choice([str(c["id"]) for c in item.detail["choices"]]) if action == "choose" else None
    life.told.append(f"{life.tick:3} clerk {item.kind} {item.summary!r}: {action} {choice or ''}")
    about = await _asked_with(life, item)
    for each in about:
        await _note_seen(life, each)
    if choice is not None and "each keeps its own contact" in item.summary:
        await _note_apart(life, item, choice)
    try:
        await life.joint.answer(item.id, action, choice)
    except Rejection as error:
        life.told.append(f"          refused: {error}")
        return
    if life.guard is not None:
        life.guard.answered[str(item.id)] = action
        if item.kind == "refund":
            life.given[item.record_id] = action
    for each in about if action != "dismiss" else ():
        await _revive(life, each)


async def _asked_with(life: Life, item: Body) -> list[Body]:
    """The item, or the questions that it stands for."""
    async with life.joint.runtime.database.transaction(CONNECTION) as tx:
        lot = (await bulk_questions.pairs(tx, item, 200)).items if item.kind == bulk_questions.KIND else ()
        singles = [await attention.get(tx, CONNECTION, pair.id) for pair in lot]
    return [single for single in singles if single is not None] or [item]


async def _pair(life: Life, item: Body) -> tuple[str, Body | None, Body | None]:
    """The two records that an item is about."""
    kind = item.record_kind
    if kind not in MEMBERS:
        return kind, None, None
    column = "oncord_id" if item.side == SHOP else "quickbooks_id"
    async with life.joint.runtime.database.transaction(CONNECTION) as tx:
        found = await tx.execute(
            f"SELECT oncord_id, quickbooks_id FROM link WHERE connection_id = %s AND kind = %s AND {column} = %s"  # noqa: S608
            " ORDER BY state, id",
            (CONNECTION, kind, item.record_id),
        )
        link = await found.fetchone()
    if link is None:
        return kind, None, None
    ours = next((r for r in await life.joint.shop_list(f"{kind}s") if r["id"] == link["oncord_id"]), None)
    entities = {"contact": ("customer",), "sale": ("invoice", "creditmemo"), "receipt": ("payment",)}[kind]
    books = [r for e in entities for r in await life.joint.books_list(e)]
    return kind, ours, next((r for r in books if str(r["Id"]) == link["quickbooks_id"]), None)


async def _note_seen(life: Life, item: Body) -> None:
    """Who answers has seen what stands on both sides."""
    kind, ours, theirs = await _pair(life, item)
    for member in MEMBERS.get(kind, ()):
        seen = tuple(stands(s, member, r) for s, r in ((SHOP, ours), (BOOKS, theirs)) if r is not None)
        if ours is not None:
            life.typed.append(Typed(life.tick, "clerk", kind, str(ours["id"]), member, "", seen))


async def _note_apart(life: Life, item: Body, choice: str) -> None:
    """Somebody calls two documents one that are for different people, and has been told so."""
    sale, document = (item.record_id, choice) if item.side == SHOP else (choice, item.record_id)
    ours = [s["contact_id"] for s in await life.joint.shop_list("sales") if s["id"] == sale]
    listed = [*await life.joint.books_list("invoice"), *await life.joint.books_list("creditmemo")]
    theirs = [str(d["CustomerRef"]["value"]) for d in listed if str(d["Id"]) == document]
    if ours and theirs:
        life.apart[sale, document] = ours[0], theirs[0]


async def _revive(life: Life, item: Body) -> None:
    kind, ours, _ = await _pair(life, item)
    if ours is not None:
        life.revived.add((kind, str(ours["id"])))
        life.edited.add((kind, str(ours["id"])))
    if item.side == SHOP:
        life.revived.add((kind, item.record_id))
        life.edited.add((kind, item.record_id))


async def _type_on(life: Life, item: Body) -> None:
    kind, ours, theirs = await _pair(life, item)
    if kind == "sale" and ours is not None and not ours["voided"] and life.likely(0.5):
        await life.type_at_shop("sale", ours, notes=f"After {life.tick}", due_date=life.day())
    elif kind == "sale" and theirs is not None and "DueDate" in theirs:
        await life.type_at_books("invoice", theirs, CustomerMemo={"value": f"Later {life.tick}"}, DueDate=life.day())
    elif kind == "contact" and ours is not None:
        await life.type_at_shop("contact", ours, phone=life.number(), mobile=life.number())
    elif kind == "receipt" and ours is not None:
        await life.type_at_shop("receipt", ours, reference=f"A{life.tick}")


async def put_back(life: Life) -> None:
    """Somebody wants a lost counterpart made anew."""
    if not life.lost:
        return
    _, _, kind, record_id = life.chance.choice(life.lost)
    try:
        await life.joint.put_back(SHOP, kind, record_id)
    except Rejection as error:
        life.told.append(f"{life.tick:3} clerk cannot put back {kind} {record_id}: {error}")
        return
    life.told.append(f"{life.tick:3} clerk puts back {kind} {record_id}")
    life.revived.add((kind, record_id))


async def mapping_changed(life: Life) -> None:
    """A payment method goes elsewhere, is left undecided, or is not synchronised; a tax code loses its mapping."""
    try:
        if life.likely(0.6):
            method = life.chance.choice(life.methods[1:])
            where = {c: life.chance.choice(a) for c, a in sorted(life.accounts.items())}
            await life.map_method(method, life.chance.choice((where, where, None, {})))
        else:
            await life.map_codes(*life.chance.choice((("GST", "FREE"), ("GST", "FREE"), ("GST",))))
    except Rejection as error:
        life.told.append(f"{life.tick:3} clerk: refused, {error}")


async def decided_what_is_asked(life: Life, chance: random.Random) -> None:
    """Somebody who watches the console decides whatever is asked about the configuration, as soon as it is asked."""
    if not any(item.kind == "unmapped" for item in await life.joint.attention()):
        return
    config = await life.configuration()
    try:
        if {code for code, _ in life.codes.values()} - {mapped.code for mapped in config.tax_codes}:
            await life.map_codes("GST", "FREE")
        decided = {mapped.id for mapped in config.payment_methods}
        for method in life.methods:
            if method not in decided:
                await life.map_method(method, {c: chance.choice(a) for c, a in sorted(life.accounts.items())})
    except Rejection as error:
        life.told.append(f"{life.tick:3} clerk: refused, {error}")


async def looked_first(life: Life) -> None:
    """Somebody looks at a dry run."""
    life.outside.since_rest = 0
    done = await life.joint.sync(dry_run=True)
    life.told.append(f"{life.tick:3} dry run {done.state}")
    await unscheduled(life)


async def connected_again(life: Life) -> None:
    """Where access is gone somebody gives it anew before anything else: until then no run can be started (T5, I9)."""
    joint = life.joint
    async with joint.runtime.database.transaction(CONNECTION) as tx:
        connection = await connections.get(tx, CONNECTION)
    if connection is None or connection.state != "reconnect_required":
        return
    container = build_container(joint.runtime)
    departure = await consent.set_out(container, CONNECTION, who=SOMEBODY)
    asked = [*parse_qsl(urlsplit(departure.url).query), ("approve", joint.realm)]
    page = await joint.http_books.get("/connect/oauth2", params=dict(asked))
    brought = dict(parse_qsl(urlsplit(page.headers["location"]).query))
    callback = consent.Callback(brought["state"], brought["code"], brought["realmId"])
    result = await _undisturbed(life, container, callback, departure.cookie)
    life.told.append(f"{life.tick:3} clerk connects again: {result.words}")
    if result.outcome != consent.CONNECTED:
        life.faults.append(f"I9: access cannot be given again: {result.words}")
    await unscheduled(life)


async def _undisturbed(
    life: Life, container: ServiceContainer, callback: consent.Callback, cookie: str
) -> consent.ConsentResult:
    """Back from the consent page; nobody does anything meanwhile."""
    meanwhile, life.outside.after = life.outside.after, None
    try:
        return await consent.come_back(container, callback, cookie)
    finally:
        life.outside.after = meanwhile
