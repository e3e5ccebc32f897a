"""The account from which a customer's credit is paid back (S5): of the configuration, or as it is said with the answer."""

from app.domain.model.configuration import Configuration
from app.errors import InvalidInput
from app.storage.connections.connections import Connection


def pay_back_fault(account_id: str, configuration: Configuration, currency: str = "") -> str:
    """Why money cannot be paid back from this account; "" where it can. The refund is recorded in Oncord, too, so that a payment
    method has to lead to the account."""
    if configuration.method_for(account_id, currency=currency) is not None:
        return ""
    where = f" for {currency}" if configuration.multi_currency and currency else ""
    return f"Choose an account that one of Oncord's payment methods is mapped to{where}, so that the refund can be recorded there, too."


def account_kept(connection: Connection, currency: str, choice: str | None) -> dict[str, str]:
    """What is kept with the answer: the account that was said with it, nothing where the configuration says which. Raises
    `InvalidInput` where neither does, or where no payment method leads to it."""
    configuration = connection.configuration
    account = choice or (configuration.pay_back_account if configuration is not None else "")
    if not account or configuration is None:
        words = (
            "Choose in the configuration from which account money is paid back, or say it with the answer as its choice: the id of a "
            "deposit account that a payment method is mapped to."
        )
        raise InvalidInput("choice-unknown", words, fields={"choice": words})
    fault = pay_back_fault(account, configuration, currency)
    if fault:
        raise InvalidInput("choice-unknown", fault, fields={"choice": fault})
    return {"account": choice} if choice is not None else {}
