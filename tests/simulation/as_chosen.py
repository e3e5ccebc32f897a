"""What a merchant has chosen holds at the end of a life: whose card it is field by field, and in which account which money lies.

Stated from the choices and the money. The winner of a field (C2, C5): of somebody whom the books knew before, the side that was chosen
for it; of anybody else, the one that was chosen for contacts. Accounts (R1, R2, R7): a payment lies where its method has led to; money
of a method that nobody has mapped lies in the clearing account and moves to the method's own once somebody maps it, unless a deposit, a
bank statement, a locked period or the bookkeeper holds it; a voucher that is redeemed lies in the clearing account of vouchers, and
nowhere else.
"""

from collections.abc import Iterator
from datetime import date

from tests.simulation import kept
from tests.simulation.looking import Body, World, void
from tests.simulation.ways import LEFT_OUT, WAITS, Duel, says

FEED_DAYS = 3
"""How old money in a bank account is at most that counts as not cleared where nobody tells."""


def judge(world: World) -> Iterator[str]:
    """What is otherwise than it was chosen."""
    yield from _cards(world)
    yield from _money(world)


# whose card it is


def _cards(world: World) -> Iterator[str]:
    last = {(duel.contact, duel.customer, duel.field): duel for duel in world.life.ways.duels}
    for duel in last.values():
        link = next((x for x in world.live("contact") if _are(x, duel)), None)
        contact, customer = world.shop["contact"].get(duel.contact), world.books["contact"].get(duel.customer)
        if link is None or contact is None or customer is None or _over(world, link, duel, customer):
            continue
        known = link["origin"] in ("both", "quickbooks")
        if duel.meeting and link["origin"] != "both":
            continue
        winner = duel.winner if known else duel.else_winner
        wanted = duel.here if winner == "oncord" else duel.there
        world.life.counts["cards"] += 1
        for side, record in (("Oncord", contact), ("QuickBooks", customer)):
            if says(duel.field, record) != wanted:
                yield (
                    f"C2/C5: {winner} has the {duel.field} of contact {duel.contact} = {duel.customer} ({link['origin']}), so that it is"
                    f" {wanted!r} ({duel.here!r} was typed in Oncord, {duel.there!r} in QuickBooks), but {side} says"
                    f" {says(duel.field, record)!r}"
                )


def _are(link: Body, duel: Duel) -> bool:
    return not link["part"] and (link["oncord_id"], link["quickbooks_id"]) == (duel.contact, duel.customer)


def _over(world: World, link: Body, duel: Duel, customer: Body) -> bool:
    """Whether something has happened since that has other rules: somebody typed on or answered, cards were merged, put to sleep or
    brought back, or a question holds them."""
    life, ids = world.life, {duel.contact, duel.customer}
    member = {"name": "last_name"}.get(duel.field, duel.field)
    since = [one for one in life.typed[duel.typed :] if one.kind == "contact" and one.id in ids]
    others = [
        x
        for x in world.links
        if x["kind"] == "contact" and ids & {x["oncord_id"], x["quickbooks_id"]} and x is not link
    ]
    merged = (
        duel.customer in life.met
        or ids & (life.winners | life.carried.keys())
        or ("contact", duel.contact) in life.revived
    )
    return bool(
        any(one.side == "clerk" or one.member == member for one in since)
        or others
        or merged
        or not customer["Active"]
        or kept.asked_now(world, link)
    )


# in which account which money lies


def _money(world: World) -> Iterator[str]:
    ways = world.life.ways
    for link in world.live("receipt") if ways.led else ():
        receipt, payment = (
            world.shop["receipt"].get(link["oncord_id"]),
            world.books["receipt"].get(link["quickbooks_id"]),
        )
        if receipt is None or payment is None or payment["entity"] != "payment" or void(payment):
            continue
        if not payment["TotalAmt"] or receipt["id"] in world.life.renamed or str(payment["Id"]) in ways.moved:
            continue
        account = str((payment.get("DepositToAccountRef") or {}).get("value", ""))
        method = str(receipt["payment_method_id"])
        what = f"payment {payment['Id']} of {payment['TotalAmt']} (receipt {receipt['id']}, method {method})"
        if link["origin"] == "quickbooks":
            if account == ways.voucher_account and method != ways.voucher_method:
                yield f"R2: {what} lies where vouchers are redeemed, and is none in Oncord"
            continue
        went = ways.led.get((method, receipt["currency"]), [])
        if link["origin"] != "oncord":
            continue
        world.life.counts["accounts"] += 1
        if account not in set(went) - {WAITS, LEFT_OUT}:
            yield f"R1: {what} lies in account {account}, and its method has led to {went} only"
        elif account == ways.clearing and _mapped_since(went, account) and not _held(world, link, receipt, payment):
            yield f"R7: {what} lies in the clearing account, and its method was mapped since: {went}"


def _mapped_since(went: list[str], clearing: str) -> bool:
    """Whether the method has an account of its own, which it got right after being one that nobody had mapped."""
    return len(went) > 1 and went[-1] not in (WAITS, LEFT_OUT, clearing) and went[-2] == clearing


def _held(world: World, link: Body, receipt: Body, payment: Body) -> bool:
    """Whether something keeps money where it is: a deposit, a bank statement, a locked period, or a question."""
    life = world.life
    if any(tie.get("TxnType") == "Deposit" for tie in payment.get("LinkedTxn") or ()):
        return True
    days = [str(receipt["date"]), str(payment["TxnDate"])]
    locked = max(life.ways.locked, life.guard.until if life.guard is not None else "")
    if min(days) <= locked or str(payment["Id"]) in life.ways.banked or world.excuse(link):
        return True
    if not life.ways.untold:
        return False
    company = life.joint.books.companies[life.joint.realm]
    in_a_bank = company.get("Account", life.ways.clearing).body["AccountType"] == "Bank"
    age = life.joint.clock.now().date() - date.fromisoformat(min(days))
    return in_a_bank and age.days >= FEED_DAYS
