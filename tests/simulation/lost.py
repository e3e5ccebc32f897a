"""Bad debts and money back for no adjustment (R5), stated from the rules and the money.

A bad debt is a cost of the day on which it was written off, and no credit beside an unpaid sale. A refund is what somebody has
said that it is: it pays back an adjustment, or is money out for no sale, against what the customer owes or as an expense.
"""

from collections.abc import Iterator

from tests.simulation.looking import Body, World, void


def judge(world: World) -> Iterator[str]:
    """What of these stands otherwise in the books, or in the shop."""
    for link in world.live("sale"):
        sale, memo = world.shop["sale"].get(link["oncord_id"]), world.books["sale"].get(link["quickbooks_id"])
        ours = not link["part"] and link["origin"] == "oncord" and not world.excuse(link)
        if ours and sale is not None and memo is not None and not void(memo) and _bad_debt(sale):
            yield from _written_off(world, sale, memo)
    for receipt_id, said in world.life.given.items():
        receipt = world.shop["receipt"].get(receipt_id)
        links = [x for x in world.live("receipt") if x["oncord_id"] == receipt_id and not x["part"]]
        if receipt is None or not links or ("receipt", receipt_id) in world.life.edited or world.excuse(links[0]):
            continue
        yield from _given(world, receipt, world.books["receipt"].get(links[0]["quickbooks_id"]), said)


def _bad_debt(sale: Body) -> bool:
    return bool(sale.get("adjustment_reason") == "bad_debt")


def _written_off(world: World, sale: Body, memo: Body) -> Iterator[str]:
    if memo["entity"] != "creditmemo":
        yield f"S7: the bad debt {sale['id']} is {memo['entity']} {memo['Id']}"
    if not _applied(world, str(sale["id"])):
        yield f"S7: the bad debt {sale['id']} went over, and nobody has applied it to its sale"
    for line in memo["Line"]:
        item = (line.get("SalesItemLineDetail") or {}).get("ItemRef")
        if item and str(item["value"]) != world.life.bad_debt_item:
            yield f"S7: the bad debt {sale['id']} has item {item['value']} in the books"


def _applied(world: World, sale_id: str) -> bool:
    """Whether somebody, or the service, has ever applied a bad debt to its sale."""
    agreed = [(x.get("base_oncord") or {}).get("payment") or {} for x in world.links if x["kind"] == "receipt"]
    receipts = [*world.shop["receipt"].values(), *agreed]
    return sale_id in world.life.used or any(
        str(part["sale_id"]) == sale_id for each in receipts for part in each.get("allocations", ())
    )


def _given(world: World, receipt: Body, money: Body | None, said: str) -> Iterator[str]:
    paid = [world.shop["sale"].get(part["sale_id"]) for part in receipt["allocations"]]
    standing = [sale for sale in paid if sale is not None and not sale["voided"]]
    if any(sale["kind"] == "sale" for sale in standing):
        yield f"R5: refund {receipt['id']} is {said}, and takes money off a sale"
    if said == "given_back" and receipt["allocations"] and not standing:
        return
    if said == "given_back" and not receipt["allocations"]:
        yield f"R5: refund {receipt['id']} gives something back, and pays back nothing"
    lines = money["Line"] if money is not None else []
    accounts = {
        str(((line.get("AccountBasedExpenseLineDetail") or {}).get("AccountRef") or {}).get("value")) for line in lines
    }
    against_what_is_owed = accounts == {world.life.receivable}
    if money is not None and against_what_is_owed == (said == "goodwill"):
        yield f"R5: refund {receipt['id']} is {said}, and booked to account {', '.join(sorted(accounts))}"
