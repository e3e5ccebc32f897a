"""Links from what is said of a record to the record itself: its page here, and its pages in Oncord and in QuickBooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from app.domain.model.records import Side
from app.services.pairs import Named
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections.connections import Connection
from app.storage.people.attention import AttentionItem
from app.storage.runs.decisions import Decision


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the links of one connection's records."""

    container: ServiceContainer
    connection: Connection

    def of(self, kind: str, sort: str, ids: Mapping[Side, str], *, own: Side) -> dict[str, str]:
        """`here`, `oncord`, `quickbooks`: those that there are. `own`: by which side's id its page here is found, where it has one.

        `sort` is "" in what was stored before sorts were: a contact is one by its kind, a document has no page then.
        """
        named = sort or (kind if kind == "contact" else "")
        here = next(((side, ids[side]) for side in (own, own.other) if ids.get(side)), None)
        found = {
            side.value: self.container.record_page(side, named, ids[side], self._place(side))
            for side in ids
            if ids[side]
        }
        if here is not None:
            found["here"] = f"/connections/{self.connection.id}/records/{here[0]}/{kind}/{quote(here[1], safe='')}"
        return {name: address for name, address in found.items() if address}

    def of_decision(self, decision: Decision) -> dict[str, str]:
        """The record of a decision on both sides."""
        side = Side(decision.side)
        ids = {side: decision.result_id or decision.target_id, side.other: decision.source_id}
        return self.of(decision.kind, decision.subject.get("sort", ""), ids, own=side.other)

    def of_item(self, item: AttentionItem) -> dict[str, str]:
        """The record that an item is about; nothing where it is about none, or about many."""
        if not item.record_id or not item.side:
            return {}
        side = Side(item.side)
        return self.of(item.record_kind, item.subject.get("sort", ""), {side: item.record_id}, own=side)

    def of_named(self, named: Named) -> dict[str, str]:
        """A record by itself."""
        return self.of(named.kind, named.subject.get("sort", ""), {named.side: named.id}, own=named.side)

    def _place(self, side: Side) -> str:
        if side is Side.QUICKBOOKS:
            return self.connection.realm_id
        return str(((self.connection.facts or {}).get("oncord") or {}).get("record_url") or "")


async def links_of(container: ServiceContainer, connection_id: str) -> Links:
    """What makes the links of a connection's records."""
    async with container.database.transaction(connection_id) as tx:
        return Links(container, await require_connection(tx, connection_id))
