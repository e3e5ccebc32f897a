"""What each answer to a question is called, and what it does, said before it is given."""

NAMES = {
    "retry": "Try again",
    "dismiss": "Leave it as it is",
    "approve": "Remove them there, too",
    "use_other": "Use the other value",
    "take_back": "Take it back",
    "create_new": "It is a new one",
    "put_back": "Make it anew",
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
    "overpayment": "An overpayment returned",
    "goodwill": "Goodwill, an expense",
    "pay_back": "Pay it back",
}
"""The words on an answer's button. To `choose` is a button of each choice."""

EFFECTS = {
    "retry": "Its record is looked at again now, and goes over if nothing is in the way.",
    "dismiss": "Nothing is done; both sides stay as they are. It can be re-opened.",
    "approve": "All that is listed is removed in QuickBooks, too.",
    "use_other": "The other value goes on both sides in place of this one.",
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
    "overpayment": "It is booked as money paid back to the customer.",
    "goodwill": "It is booked as an expense.",
    "pay_back": "A refund is recorded on both sides.",
}
"""What each answer does."""


def action(name: str) -> str:
    """What an answer is called."""
    return NAMES.get(name, "The one that you choose" if name == "choose" else name.replace("_", " ").capitalize())


def effect(name: str) -> str:
    """What an answer does."""
    return EFFECTS.get(name, "")
