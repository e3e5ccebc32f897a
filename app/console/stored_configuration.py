"""What is said once a configuration is stored."""

from collections.abc import Iterator

from app.domain.model.configuration import Configuration
from app.services.adviser import advice
from app.services.choices import Choices


def stored(before: Configuration | None, wish: Configuration, choices: Choices) -> str:
    """That it is, what stays as it was, and what is worth a second look."""
    said = ["The configuration is stored.", *(_what_stays(before, wish, choices) if before else ())]
    if doubts := len(advice(wish, choices)):
        one = "One choice is" if doubts == 1 else f"{doubts} choices are"
        said.append(f"{one} worth a second look: the configuration page says which, and what would be better.")
    return " ".join(said)


def _what_stays(before: Configuration, wish: Configuration, choices: Choices) -> Iterator[str]:
    """A sentence for each payment method that leads to another account than before: only what is new goes there."""
    names = {method.id: method.name for method in choices.payment_methods}
    accounts = choices.company.inactive_accounts | {each.id: each.name for each in choices.company.deposit_accounts}
    led = {(method.id, method.currency): method.deposit_account_id for method in before.payment_methods}
    for method in wish.payment_methods:
        old, new = led.get((method.id, method.currency)), method.deposit_account_id
        if old and new and old != new:
            yield (
                f"Payments by {names.get(method.id, 'this method')} go to {accounts.get(new, 'the new account')} from now on; those that"
                f" lie in {accounts.get(old, 'the account before')} stay there."
            )
