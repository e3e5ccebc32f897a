"""What each answer to a question is called, and what it does, said before it is given."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.domain.model.records import Side
from app.domain.planning.rivals import possessive, rivals_of, value_called

NAMES = {
    "retry": "Try again",
    "dismiss": "Leave it as it is",
    "approve": "Remove them there, too",
    "use_other": "Use the value that lost",
    "take_back": "Take it back",
    "create_new": "It is a new one",
    "put_back": "Put it back",
    "all_same": "All of them are the same",
    "none_same": "None of them is: make them anew",
    "one_by_one": "Ask me one by one",
    "do_in_old_period": "Do it in the old period",
    "enter_difference": "Enter the difference as a document of its own",
    "date_first_open_day": "Date it on the first open day",
    "unapply": "Unapply it and leave it as the customer's credit",
    "do_it_anyway": "Do it all the same, once",
    "leave_difference": "Leave it as a named difference",
    "given_back": "Goods or price given back",
    "pays_credit": "It pays back the credit that is open",
    "overpayment": "An overpayment returned",
    "goodwill": "Goodwill, an expense",
    "pay_back": "Pay it back",
}
"""The words on an answer's button. To `choose` is a button of each choice."""

EFFECTS = {
    "retry": "Its record is looked at again now, and goes over if nothing is in the way.",
    "dismiss": "Nothing is done; both sides stay as they are. It can be re-opened.",
    "approve": "All that is listed is removed in QuickBooks, too.",
    "use_other": "The value that lost goes on both sides in place of the one that went on.",
    "take_back": "The side that took the value gives it up again.",
    "choose": "The two become one, and stay alike from then on.",
    "create_new": "A new one is made on the other side.",
    "put_back": "What was deleted is made anew, and what waits for it goes on.",
    "all_same": "Each pair becomes one.",
    "none_same": "Each contact gets a customer of its own.",
    "one_by_one": "Each pair is asked about by itself.",
    "do_in_old_period": "Just this change is made in the locked period.",
    "enter_difference": "The difference becomes a document of its own in the open period.",
    "date_first_open_day": "It is made with the first day of the open period.",
    "unapply": "The money stays where it is, as the customer's credit.",
    "do_it_anyway": "Just this change is made, although the bank has told of it.",
    "leave_difference": "Both sides stay different, with a name, until it changes again.",
    "given_back": "An adjustment of the sale is made in Oncord, and a credit memo in QuickBooks.",
    "pays_credit": "The refund names the open adjustment, and is joined to its credit memo in QuickBooks.",
    "overpayment": "It is booked as money paid back to the customer.",
    "goodwill": "It is booked as an expense.",
    "pay_back": "A refund is recorded on both sides.",
}
"""What each answer does."""


CARRIED_OUT = {
    "used_other": "use_other",
    "taken_back": "take_back",
    "chosen": "choose",
    "created_new": "create_new",
    "done_in_old_period": "do_in_old_period",
    "done_anyway": "do_it_anyway",
    "gave_back": "given_back",
    "paid_credit": "pays_credit",
    "returned_overpayment": "overpayment",
    "paid_as_goodwill": "goodwill",
    "paid_back": "pay_back",
}
"""What an answer is kept as once it was carried out, and which one it was."""

LEFT = {
    "deleted": ("Leave it deleted", "Nothing is made anew; it can be asked again."),
    "mass_delete": ("Keep them in QuickBooks", "Nothing is removed there. It can be re-opened."),
    "sealed_month": ("It is right as it is", "Nothing is done. It can be re-opened."),
    "ambiguous_match": (
        "Leave it unanswered",
        "Nothing is made, and what waits for it goes on waiting. It can be re-opened.",
    ),
}
"""What leaving an item of a kind as it is means there, and what that does."""


class Asked(Protocol):
    """A question, as far as its answers follow from it."""

    @property
    def kind(self) -> str:
        """What sort of question it is."""

    @property
    def detail(self) -> Mapping[str, Any]:
        """What is kept with it."""


def action(name: str) -> str:
    """What an answer is called, whatever it is given to."""
    return NAMES.get(name, "It is this one" if name == "choose" else name.replace("_", " ").capitalize())


def effect(name: str) -> str:
    """What an answer does, whatever it is given to."""
    return EFFECTS.get(name, "")


def action_of(item: Asked, name: str) -> str:
    """What an answer to one question is called: of a conflict it names the value, of something else what is left."""
    kept, other = _values(item)
    name = CARRIED_OUT.get(name, name)
    if other and name == "use_other":
        return f"Use {other}"
    if kept and name == "dismiss":
        return f"Keep {kept}"
    if name == "dismiss" and item.detail.get("put_back"):
        return LEFT["deleted"][0]
    if name == "put_back" and (side := _deleted_in(item)):
        return f"Put it back in {side}"
    return LEFT[item.kind][0] if name == "dismiss" and item.kind in LEFT else action(name)


def effect_of(item: Asked, name: str) -> str:
    """What an answer to one question does."""
    kept, other = _values(item)
    if other and name == "use_other":
        return f"{other} goes on both sides in place of {kept}."
    if other and name == "take_back":
        return f"{other} is given up again, so that both sides have {kept}."
    if kept and name == "dismiss":
        return f"{kept} stays on both sides. It can be asked again."
    if name == "dismiss" and item.detail.get("put_back"):
        return LEFT["deleted"][1]
    return LEFT[item.kind][1] if name == "dismiss" and item.kind in LEFT else effect(name)


def value_that_lost(item: Asked) -> str:
    """Whose value of a conflict is kept aside, and what it says: "Oncord's 381.00 AUD"."""
    return _values(item)[1]


def action_for_all(items: Sequence[Asked], name: str) -> str:
    """What one answer to several questions is called: whose values, where those are the same side's in all of them."""
    if any(item.kind != items[0].kind for item in items):
        return action(name)
    if items[0].kind != "conflict" or name not in ("use_other", "dismiss"):
        called = {action_of(item, name) for item in items}
        return called.pop() if len(called) == 1 else action(name)
    winners = {winner for item in items for winner in _winners(item)}
    if len(winners) != 1:
        return "Use what lost, of each" if name == "use_other" else "Keep what went on, of each"
    winner = Side(winners.pop())
    return f"Use {possessive(winner.other)} values" if name == "use_other" else f"Keep {possessive(winner)} values"


def effect_for_all(items: Sequence[Asked], name: str) -> str:
    """What one answer does to each of several questions."""
    if items[0].kind == "conflict" and name == "use_other":
        return "Of each the value that is kept aside goes on both sides."
    effects = {effect_of(item, name) for item in items}
    return effects.pop() if len(effects) == 1 else effect(name)


def _values(item: Asked) -> tuple[str, str]:
    """What went on of a conflict, and what lost; nothing of anything else."""
    found = item.detail.get("disagreements") or ()
    winners = _winners(item)
    if item.kind != "conflict" or len(winners) != 1:
        return "", ""
    winner, rivals = Side(winners.pop()), rivals_of(found)
    return value_called(winner, rivals), value_called(winner.other, rivals)


def _winners(item: Asked) -> set[str]:
    return {str(each["winner"]) for each in item.detail.get("disagreements") or () if each.get("winner")}


def _deleted_in(item: Asked) -> str:
    """Where the record was deleted that can be put back."""
    survivor = (item.detail.get("put_back") or {}).get("side")
    return Side(survivor).other.called if survivor else ""
