"""The rules as a table: every cell that can be, with what the design says of it, and every other one with why it is not played.

A cell is (entity, origin, state, side, action). The expectation is what becomes of the counterpart: `created`, `none`
(there is none, and there comes none), `updated`, `same` (untouched), `deleted`, `void`, `gone` (it was deleted before);
`taken-back` (it stays, and a document in the other direction for all of it stands beside it); `named` where a person is told of what that leaves open,
with `marked` where Oncord's record must be told, `asks` where a person must be asked, `waits` where it stays laid aside.

What hangs together with others has dimensions of its own. A leg is one payment of a receipt over two customers; its
origin is its own, and the other leg's is Oncord. Of merged contacts the origin is that of the linked pairs, the state says
which of the two was linked, and the side is where they were merged. Of what is moved to another contact or customer the
state says what it is and what moves. `other` says what becomes of the other leg, of the other contact or customer, or of
the other half of a paid sale; `billed` that a new sale goes to the customer that remains; `moved` that it changed hands.

What a locked period and the bank's word leave of the rules has a table of its own (`guarded_cells`), change by change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

SIDES = ("oncord", "quickbooks")
ORIGINS = ("oncord", "quickbooks", "both")
KINDS = ("sale", "adjustment", "receipt", "contact")
LONE = ("absent", "draft", "early", "parked", "unneeded")
"""States of a record that is on one side only: not made yet, a draft, dated before the start date, laid aside for the
configuration, or a contact without a sale."""
PAID = ("paid-by-own", "paid-in-books", "paid-and-deposited")
BURIED = ("buried-in-oncord", "buried-in-quickbooks")
STATES = (*LONE, "linked", "handed-out", "month-over", "inactive", *PAID, "deposited", *BURIED)
"""A document is handed out that was sent to the customer, or printed; its month is over where it is dated in an earlier one than
the action."""
ACTIONS = (
    "create",
    "confirm",
    "edit",
    "delete",
    "delete-with-receipts",
    "delete-contact-with-all",
    "void",
    "sell",
    "inactivate",
    "activate",
)
LEG_STATES = ("two-legs", "other-leg-gone", "this-leg-gone", "receipt-gone")
LEG_ACTIONS = ("edit", "share-out", "delete", "void", "put-back")
MERGED_STATES = ("loser-linked", "winner-linked", "both-linked", "none-linked")
MERGED_ACTIONS = ("merge", "edit", "sell")
MOVED_STATES = ("lone-sale", "lone-receipt", "paid-sale", "receipt-of-sale", "sale-and-receipt", "deposited-sale")

Place = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Cell:
    """One cell of the table, and what the design says."""

    rule: str
    entity: str
    origin: str
    state: str
    side: str
    action: str
    expected: str

    @property
    def id(self) -> str:
        return "-".join((self.rule, self.entity, self.origin, self.state, self.side, self.action, "is", self.expected))

    @property
    def place(self) -> Place:
        return (self.entity, self.origin, self.state, self.side, self.action)


@dataclass(frozen=True)
class LeftOut:
    """Cells that are not played, and why; an empty dimension stands for all. `played` names the test that plays them."""

    why: str
    entity: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    side: tuple[str, ...] = ()
    action: tuple[str, ...] = ()
    played: str = ""

    def holds(self, place: Place) -> bool:
        pattern = (self.entity, self.origin, self.state, self.side, self.action)
        return all(not wanted or value in wanted for wanted, value in zip(pattern, place, strict=True))


def every_place() -> Iterator[Place]:
    """The full product of the dimensions, of records by themselves and of what hangs together."""
    yield from product(KINDS, ORIGINS, STATES, SIDES, ACTIONS)
    yield from product(("leg",), ORIGINS, LEG_STATES, SIDES, LEG_ACTIONS)
    yield from product(("merged",), ORIGINS, MERGED_STATES, SIDES, MERGED_ACTIONS)
    yield from product(("moved",), ORIGINS, MOVED_STATES, SIDES, ("move",))


def say(
    rule: str, entity: str, origin: tuple[str, ...], state: str, side: str, actions: str, expected: str
) -> Iterator[Cell]:
    """The cells of several origins and actions."""
    for action in actions.split():
        yield from (Cell(rule, entity, one, state, side, action, expected) for one in origin)


def _cells() -> Iterator[Cell]:
    theirs = ("quickbooks", "both")
    for entity, s1, s2, s4, s5, s3, s6 in (
        ("sale", "S1", "S2", "S4", "S5", "S3", "S6"),
        ("adjustment", "S7", "S7", "S7", "S7", "S7", "S7"),
    ):
        yield from say(s1, entity, ("oncord",), "absent", "oncord", "create", "created")
        yield from say(s4, entity, ("quickbooks",), "absent", "quickbooks", "create", "created")
        yield from say(s1, entity, ("oncord",), "draft", "oncord", "confirm", "created")
        lone = "edit delete void delete-contact-with-all"
        yield from say(s1, entity, ("oncord",), "draft", "oncord", lone, "none")
        # A sale that was open on the start date waits for what somebody says of all of them.
        was_open = "none waits" if entity == "sale" else "none"
        yield from say(s1, entity, ("oncord",), "early", "oncord", "edit", was_open)
        yield from say(s1, entity, ("oncord",), "early", "oncord", "delete void delete-contact-with-all", "none")
        yield from say(s1, entity, ("oncord",), "parked", "oncord", "edit", "none waits")
        yield from say(s1, entity, ("oncord",), "parked", "oncord", "delete void delete-contact-with-all", "none")
        yield from say(s4, entity, ("quickbooks",), "parked", "quickbooks", "edit void", "none waits")
        yield from say(s4, entity, ("quickbooks",), "parked", "quickbooks", "delete", "none")

        yield from say(s2, entity, ORIGINS, "linked", "oncord", "edit", "updated")
        yield from say(s5, entity, ORIGINS, "linked", "quickbooks", "edit", "updated")
        yield from say(s3, entity, ("oncord",), "linked", "oncord", "delete", "deleted")
        yield from say(s3, entity, theirs, "linked", "oncord", "delete", "same")
        handed_out = "void" if entity == "sale" else "same asks"
        yield from say(s3, entity, ("oncord",), "handed-out", "oncord", "delete", handed_out)
        yield from say(s3, entity, theirs, "handed-out", "oncord", "delete", "same")
        yield from say("C3", entity, ORIGINS, "linked", "oncord", "delete-contact-with-all", "same")
        yield from say(s6, entity, ORIGINS, "linked", "quickbooks", "delete", "same marked gone")
        yield from say("S5", entity, ("oncord",), "linked", "oncord", "void", "void")
        yield from say("S5", entity, theirs, "linked", "oncord", "void", "same asks")
        yield from say("S5", entity, ORIGINS, "linked", "quickbooks", "void", "void marked void")
        yield from say(s3, entity, theirs, "buried-in-oncord", "quickbooks", "edit delete void", "gone")
        yield from say(
            s6, entity, ORIGINS, "buried-in-quickbooks", "oncord", "edit delete void delete-contact-with-all", "gone"
        )

    for entity in ("sale", "adjustment"):
        yield from say("S5", entity, ("oncord",), "month-over", "oncord", "void", "taken-back")
        yield from say("S5", entity, theirs, "month-over", "oncord", "void", "same asks")
        yield from say("S3", entity, ("oncord",), "month-over", "oncord", "delete", "void")
        yield from say("S3", entity, theirs, "month-over", "oncord", "delete", "same")

    for state in PAID:
        yield from say("S2", "sale", ORIGINS, state, "oncord", "edit", "updated")
        yield from say("S5", "sale", ORIGINS, state, "quickbooks", "edit", "updated")
        yield from say("S6", "sale", ORIGINS, state, "quickbooks", "delete", "same marked gone")
        yield from say("S5", "sale", ORIGINS, state, "quickbooks", "void", "void marked void")
        yield from say("S5", "sale", ("oncord",), state, "oncord", "void", "taken-back named")
        yield from say("S5", "sale", theirs, state, "oncord", "void", "same asks")
        kept = "deleted" if state == "paid-by-own" else "same asks"
        yield from say("S3", "sale", ("oncord",), state, "oncord", "delete delete-with-receipts", kept)
        yield from say("S3", "sale", theirs, state, "oncord", "delete delete-with-receipts", "same")
        yield from say("C3", "sale", ORIGINS, state, "oncord", "delete-contact-with-all", "same")

    yield from say("R1", "receipt", ("oncord",), "absent", "oncord", "create", "created")
    yield from say("R2", "receipt", ("quickbooks",), "absent", "quickbooks", "create", "created")
    yield from say("S1", "receipt", ("oncord",), "early", "oncord", "edit", "none waits")
    yield from say("S1", "receipt", ("oncord",), "early", "oncord", "delete delete-contact-with-all", "none")
    yield from say("R1", "receipt", ("oncord",), "parked", "oncord", "edit", "none waits")
    yield from say("R1", "receipt", ("oncord",), "parked", "oncord", "delete delete-contact-with-all", "none")
    yield from say("R2", "receipt", ("quickbooks",), "parked", "quickbooks", "edit", "none waits")
    yield from say("R2", "receipt", ("quickbooks",), "parked", "quickbooks", "delete void", "none")
    yield from say("R7", "receipt", ORIGINS, "linked", "oncord", "edit", "updated")
    yield from say("R7", "receipt", ORIGINS, "linked", "quickbooks", "edit", "updated")
    yield from say("R3", "receipt", ("oncord",), "linked", "oncord", "delete", "deleted")
    yield from say("R3", "receipt", ("oncord",), "deposited", "oncord", "delete", "same asks")
    yield from say("R3", "receipt", theirs, "linked", "oncord", "delete", "same")
    yield from say("R3", "receipt", theirs, "deposited", "oncord", "delete", "same")
    yield from say("R7", "receipt", ORIGINS, "deposited", "oncord", "edit", "same asks")
    yield from say("C3", "receipt", ORIGINS, "linked", "oncord", "delete-contact-with-all", "same")
    yield from say("C3", "receipt", ORIGINS, "deposited", "oncord", "delete-contact-with-all", "same")
    yield from say("R4", "receipt", ORIGINS, "linked", "quickbooks", "delete", "same marked gone")
    yield from say("R4", "receipt", ORIGINS, "linked", "quickbooks", "void", "same marked void")
    yield from say("R3", "receipt", theirs, "buried-in-oncord", "quickbooks", "edit delete void", "gone")
    yield from say(
        "R4", "receipt", ORIGINS, "buried-in-quickbooks", "oncord", "edit delete delete-contact-with-all", "gone"
    )

    yield from say("C1", "contact", ("oncord",), "absent", "oncord", "create", "none")
    yield from say("C4", "contact", ("quickbooks",), "absent", "quickbooks", "create", "created")
    yield from say("C1", "contact", ("oncord",), "unneeded", "oncord", "sell", "created")
    yield from say("C1", "contact", ("oncord",), "unneeded", "oncord", "edit delete delete-contact-with-all", "none")
    yield from say("C2", "contact", ORIGINS, "linked", "oncord", "edit", "updated")
    yield from say("C2", "contact", ORIGINS, "linked", "oncord", "sell", "same")
    yield from say("C5", "contact", ORIGINS, "linked", "quickbooks", "edit", "updated")
    yield from say("C3", "contact", ORIGINS, "linked", "oncord", "delete delete-contact-with-all", "same")
    yield from say("C6", "contact", ORIGINS, "linked", "quickbooks", "inactivate", "same")
    yield from say("C6", "contact", ORIGINS, "inactive", "oncord", "edit delete delete-contact-with-all", "same")
    yield from say("C6", "contact", ORIGINS, "inactive", "oncord", "sell", "updated")
    yield from say("C6", "contact", ORIGINS, "inactive", "quickbooks", "activate", "same")
    yield from say("C3", "contact", ORIGINS, "buried-in-oncord", "quickbooks", "edit inactivate", "gone")


def _legs() -> Iterator[Cell]:
    ours, theirs = ("oncord",), ("quickbooks", "both")
    yield from say("R7", "leg", ORIGINS, "two-legs", "oncord", "edit share-out", "updated other updated")
    yield from say("R7", "leg", ORIGINS, "two-legs", "quickbooks", "edit", "updated other updated")
    yield from say("R7", "leg", ORIGINS, "two-legs", "quickbooks", "share-out", "updated other same")
    yield from say("R4", "leg", ORIGINS, "two-legs", "quickbooks", "delete", "same marked gone other same")
    yield from say("R4", "leg", ORIGINS, "two-legs", "quickbooks", "void", "same marked void other same")
    yield from say("R3", "leg", ours, "two-legs", "oncord", "delete", "deleted other deleted")
    yield from say("R3", "leg", theirs, "two-legs", "oncord", "delete", "same other deleted")
    for side in SIDES:
        yield from say("R7", "leg", ORIGINS, "other-leg-gone", side, "edit share-out", "updated other gone")
    yield from say("R4", "leg", ORIGINS, "other-leg-gone", "quickbooks", "delete void", "same marked either other gone")
    yield from say("R3", "leg", ours, "other-leg-gone", "oncord", "delete", "deleted other gone")
    yield from say("R3", "leg", theirs, "other-leg-gone", "oncord", "delete", "same other gone")
    yield from say("R4", "leg", ORIGINS, "this-leg-gone", "oncord", "edit share-out", "gone other updated")
    yield from say("R4", "leg", ORIGINS, "this-leg-gone", "oncord", "put-back", "created other same")
    yield from say("R3", "leg", ORIGINS, "this-leg-gone", "oncord", "delete", "gone other deleted")
    yield from say("R3", "leg", theirs, "receipt-gone", "quickbooks", "edit share-out delete void", "gone other gone")


def _merged() -> Iterator[Cell]:
    ours = ("oncord",)
    yield from say("C2", "merged", ORIGINS, "loser-linked", "oncord", "merge", "updated asks")
    yield from say("C3", "merged", ORIGINS, "winner-linked", "oncord", "merge", "same")
    yield from say("C3", "merged", ORIGINS, "both-linked", "oncord", "merge", "same other same")
    yield from say("C1", "merged", ours, "none-linked", "oncord", "merge edit", "none")
    yield from say("C1", "merged", ours, "none-linked", "oncord", "sell", "created")
    yield from say("C5", "merged", ORIGINS, "loser-linked", "quickbooks", "merge", "same asks")
    yield from say("C6", "merged", ORIGINS, "winner-linked", "quickbooks", "merge", "same")
    yield from say("C6", "merged", ORIGINS, "both-linked", "quickbooks", "merge", "same other same")
    for side, rule in (("oncord", "C2"), ("quickbooks", "C5")):
        for state, other in (("loser-linked", ""), ("winner-linked", ""), ("both-linked", " other same")):
            yield from say(rule, "merged", ORIGINS, state, side, "edit", "updated" + other)
            yield from say("S1", "merged", ORIGINS, state, side, "sell", "billed")


def _moved() -> Iterator[Cell]:
    for state, oncord, quickbooks in (("lone-sale", "S2", "S5"), ("lone-receipt", "R7", "R7")):
        yield from say(oncord, "moved", ORIGINS, state, "oncord", "move", "moved")
        yield from say(quickbooks, "moved", ORIGINS, state, "quickbooks", "move", "moved")
    yield from say("S2", "moved", ORIGINS, "paid-sale", "oncord", "move", "moved other moved")
    yield from say("R1", "moved", ORIGINS, "receipt-of-sale", "oncord", "move", "same other same")
    yield from say("S2", "moved", ORIGINS, "deposited-sale", "oncord", "move", "same asks other same")
    for side in SIDES:
        yield from say("R7", "moved", ORIGINS, "sale-and-receipt", side, "move", "moved other moved")


CELLS = tuple(_cells())
TOGETHER = (*_legs(), *_merged(), *_moved())

LEFT_OUT = (
    LeftOut("What is on one side only began there.", state=LONE, origin=("both",)),
    LeftOut("What is in Oncord only did not begin in QuickBooks.", state=LONE, origin=("quickbooks",), side=("oncord",)),
    LeftOut("What is in QuickBooks only did not begin there.", state=LONE, origin=("oncord",), side=("quickbooks",)),
    LeftOut("There is nothing yet that could be acted on.", state=("absent",), action=tuple(a for a in ACTIONS if a != "create")),
    LeftOut("It is there already.", state=tuple(s for s in STATES if s != "absent"), action=("create",)),
    LeftOut("Only a draft is confirmed.", state=tuple(s for s in STATES if s != "draft"), action=("confirm",)),
    LeftOut("QuickBooks has no drafts of invoices.", state=("draft",), side=("quickbooks",)),
    LeftOut("Only sales can be drafts.", entity=("receipt", "contact"), state=("draft",)),
    LeftOut("Every invoice is pulled, whatever its date, and its payments are.", state=("early",), side=("quickbooks",)),
    LeftOut("A contact has no date.", entity=("contact",), state=("early",)),
    LeftOut("Only a contact waits until it has a sale.", entity=("sale", "adjustment", "receipt"), state=("unneeded",)),
    LeftOut("Every customer is pulled.", state=("unneeded",), side=("quickbooks",)),
    LeftOut("Only a customer can be inactive.", entity=("sale", "adjustment", "receipt"), state=("inactive",)),
    LeftOut("Only customers are made inactive or active.", entity=("sale", "adjustment", "receipt"), action=("inactivate", "activate")),
    LeftOut("A contact of Oncord cannot be inactive.", side=("oncord",), action=("inactivate", "activate")),
    LeftOut("It is active.", state=tuple(s for s in STATES if s != "inactive"), action=("activate",)),
    LeftOut("It is inactive already.", state=("inactive",), action=("inactivate",)),
    LeftOut("QuickBooks shows an inactive customer only to make it active again.", state=("inactive",), side=("quickbooks",), action=("edit",)),
    LeftOut("It is made for a contact.", entity=("sale", "adjustment", "receipt"), action=("sell",)),
    LeftOut("An invoice for a customer is the creation of a sale.", entity=("contact",), side=("quickbooks",), action=("sell",)),
    LeftOut("Only a sale is paid; using up an adjustment's credit is R6.", entity=("adjustment", "receipt", "contact"), state=PAID),
    LeftOut("Only documents are handed out.", entity=("receipt", "contact"), state=("handed-out",)),
    LeftOut("It is as any other but for a delete in Oncord.", state=("handed-out",), side=("quickbooks",)),
    LeftOut("It is as any other but for a delete in Oncord.", state=("handed-out",), action=tuple(a for a in ACTIONS if a != "delete")),
    LeftOut("Only documents have a month that matters here.", entity=("receipt", "contact"), state=("month-over",)),
    LeftOut("It is as any other but for a delete or a void in Oncord.", state=("month-over",), side=("quickbooks",)),
    LeftOut("It is as any other but for a delete or a void in Oncord.", state=("month-over",), action=tuple(a for a in ACTIONS if a not in ("delete", "void"))),
    LeftOut("Only a payment is deposited.", entity=("sale", "adjustment", "contact"), state=("deposited",)),
    LeftOut("A contact cannot be void.", entity=("contact",), action=("void",)),
    LeftOut("Oncord's receipts cannot be void.", entity=("receipt",), side=("oncord",), action=("void",)),
    LeftOut("A customer cannot be deleted, only made inactive.", entity=("contact",), side=("quickbooks",), action=("delete",)),
    LeftOut("A customer cannot be deleted, only made inactive.", entity=("contact",), state=("buried-in-quickbooks",)),
    LeftOut("QuickBooks takes nothing along when it deletes.", side=("quickbooks",), action=("delete-with-receipts", "delete-contact-with-all")),
    LeftOut("No receipt pays it, so there is nothing to take along: it is the plain delete.", state=(*LONE, "linked", "inactive", "deposited", *BURIED), action=("delete-with-receipts",)),
    LeftOut("Deleting what began in Oncord deletes its counterpart: nothing survives.", entity=("sale", "adjustment", "receipt"), origin=("oncord",), state=("buried-in-oncord",)),
    LeftOut(
        "What was deleted in Oncord can only be restored.",
        entity=("sale", "adjustment"), state=("buried-in-oncord",), side=("oncord",),
        played="test_rules_sales.test_s3_a_restored_sale_whose_invoice_stayed_goes_on_with_it",
    ),
    LeftOut(
        "What was deleted in Oncord can only be restored.",
        entity=("receipt",), state=("buried-in-oncord",), side=("oncord",),
        played="test_rules_receipts.test_r3_a_restored_receipt_gets_a_new_payment",
    ),
    LeftOut(
        "What was deleted in Oncord can only be restored.",
        entity=("contact",), state=("buried-in-oncord",), side=("oncord",),
        played="test_rules_contacts.test_c3_a_restored_contact_is_the_same_customer_again",
    ),
    LeftOut("What was deleted in QuickBooks stays deleted.", state=("buried-in-quickbooks",), side=("quickbooks",)),
    LeftOut("QuickBooks lets nobody touch a payment that is in a bank deposit.", state=("deposited",), side=("quickbooks",)),
    LeftOut(
        "A contact is laid aside only where several could be meant.",
        entity=("contact",), state=("parked",), side=("quickbooks",),
        played="test_rules_contacts.test_matching_asks_where_several_contacts_could_be_the_customer",
    ),
    LeftOut(
        "A contact is laid aside only where several could be meant.",
        entity=("contact",), state=("parked",), side=("oncord",),
        played="test_rules_contacts.test_matching_asks_where_several_customers_could_be_the_contact",
    ),
    LeftOut("Only what is gone is put back.", entity=("leg",), state=("two-legs",), action=("put-back",)),
    LeftOut("Putting back is about the leg that is gone, and that cell is played.", entity=("leg",), state=("other-leg-gone",), action=("put-back",)),
    LeftOut("What was deleted in QuickBooks stays deleted.", entity=("leg",), state=("this-leg-gone",), side=("quickbooks",)),
    LeftOut("Oncord's receipts cannot be void.", entity=("leg",), state=("two-legs", "other-leg-gone", "this-leg-gone"), side=("oncord",), action=("void",)),
    LeftOut(
        "What was deleted in Oncord can only be restored.",
        entity=("leg",), origin=("quickbooks", "both"), state=("receipt-gone",), side=("oncord",),
        played="test_rules_legs.test_r3_each_leg_of_a_deleted_receipt_goes_by_its_own_origin",
    ),
    LeftOut("Deleting the receipt deletes a leg that began in Oncord: nothing survives.", entity=("leg",), origin=("oncord",), state=("receipt-gone",)),
    LeftOut("What a person asks back is the payment, by the receipt that is there.", entity=("leg",), origin=("quickbooks", "both"), state=("receipt-gone",), side=("quickbooks",), action=("put-back",)),
    LeftOut("Every customer is pulled, so that both are linked.", entity=("merged",), state=("none-linked",), side=("quickbooks",)),
    LeftOut("What is in Oncord only did not begin elsewhere.", entity=("merged",), origin=("quickbooks", "both"), state=("none-linked",), side=("oncord",)),
    LeftOut("QuickBooks lets nobody move an invoice away from the payment on it.", entity=("moved",), state=("paid-sale", "deposited-sale"), side=("quickbooks",)),
    LeftOut("A payment of QuickBooks pays invoices of its own customer only.", entity=("moved",), state=("receipt-of-sale",), side=("quickbooks",)),
)  # fmt: skip
