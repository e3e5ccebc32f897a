"""A connection's configuration: judged field by field against both sides, kept with who changed it and when (T4)."""

from dataclasses import replace
from datetime import date, datetime

from app.domain.model.actor import Actor
from app.domain.model.configuration import Configuration, admitted, mapped_since
from app.errors import InvalidInput
from app.lock_date import lock_in_force
from app.services.choices import NOW, Choices, read_choices
from app.services.configuration_names import names_of
from app.services.configuration_rules import faults
from app.services.connect import facts_to_json, resting_state
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.changes import schedule
from app.storage.connections import connections
from app.storage.connections.channel_names import METHODS
from app.storage.connections.configuration import configuration_to_json
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.people import audit, clearing_account, reconsider


async def configure(
    container: ServiceContainer, connection_id: str, wish: Configuration, *, who: Actor, auto_sync: bool | None = None
) -> Connection:
    """Store a configuration that makes sense. Raises `InvalidInput` with one sentence per field otherwise.

    Home currency, country, multi-currency and whether it charges tax are the company's own and are taken from it, whatever
    was sent.
    """
    # Nothing is judged, or kept of the company, by what was read before: somebody may have just switched it on there.
    connection, choices = await read_choices(container, connection_id, max_age=NOW)
    wish, wrong = _judged(connection, wish, choices, container.clock.now().date())
    if wrong:
        raise InvalidInput(
            "configuration-invalid",
            "Nothing was changed. Each field at fault says what it needs; `choices` lists what may be chosen.",
            fields=wrong,
            extra={"choices": choices_address(connection_id)},
        )
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        current = await require_connection(tx, connection_id, lock=True)
        changed = current.configuration != wish
        updated = replace(
            current,
            configuration=wish,
            configuration_version=current.configuration_version + int(changed),
            company_generation=current.company_generation + 1,
            auto_sync=current.auto_sync if auto_sync is None else auto_sync,
            facts={
                **(current.facts or {}),
                "oncord": facts_to_json(choices.shop_facts)
                | {METHODS: {method.id: method.name for method in choices.payment_methods}},
                "quickbooks": facts_to_json(choices.company.facts),
            },
        )
        if updated.state == "needs_configuration":
            updated = replace(updated, state=resting_state(updated))
        connection = await connections.save(tx, updated, now)
        if changed:
            before = current.configuration
            await audit.record(
                tx,
                connection_id,
                at=now,
                who=who,
                action="configuration.changed",
                detail={
                    "before": configuration_to_json(before) if before else None,
                    "after": configuration_to_json(wish),
                    "names": names_of(choices, before, wish),
                },
            )
        # Saving it is asking to look again, changed or not: the cause may have been mended elsewhere (docs/rules.md 4).
        freed = await reconsider.after_choosing(tx, connection_id, now, admitted(current.configuration, wish))
        freed += await _brought_out(tx, current, connection, wish, now)
        if freed:
            await schedule.wake_by(tx, connection_id, now)
        if updated.auto_sync != current.auto_sync:
            await audit.record(
                tx, connection_id, at=now, who=who, action="auto_sync.changed", detail={"auto_sync": updated.auto_sync}
            )
    if freed and connection.state == "ready":
        await container.waker.wake(connection_id)
    return connection


async def _brought_out(
    tx: Transaction, before: Connection, after: Connection, wish: Configuration, now: datetime
) -> int:
    """Look again at payments in the account for unmapped methods, where their method has got one of its own."""
    methods = mapped_since(before.configuration, wish)
    if not methods or before.configuration is None:
        return 0
    lock = await lock_in_force(tx, after)
    account = before.configuration.unmapped_methods_account
    return await clearing_account.look_again(tx, before.id, now, methods, account, lock.until if lock else None)


def _judged(
    connection: Connection, wish: Configuration, choices: Choices, today: date
) -> tuple[Configuration, dict[str, str]]:
    facts, previous = choices.company.facts, connection.configuration
    wish = replace(
        wish,
        home_currency=facts.currency,
        country=facts.country,
        multi_currency=facts.multi_currency,
        charges_tax="sales_tax" in facts.features,
    )
    start = previous.start_date if previous else None
    return wish, faults(wish, choices, previous_start=start, today=today)


def choices_address(connection_id: str) -> str:
    """Where the choices of a connection are read."""
    return f"/api/v1/connections/{connection_id}/configuration/choices"
