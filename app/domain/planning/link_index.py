"""The links that a plan knows, found by the record of either side."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.domain.model.link_part import CANCELLATION, PRIMARY, Difference, Part, format_part, stands_beside
from app.domain.model.links import Link, LinkState
from app.domain.model.records import Kind, Side
from app.domain.planning.id_map import Key


def by_part(link: Link) -> tuple[str, int]:
    """The order of the links of one record: the primary one first."""
    return (format_part(link.part), link.id)


def _stands_beside(key: Key, link: Link) -> bool:
    """Whether a link of a sale is not that of its invoice, but of a document beside it (S5, B1)."""
    return key[0] is Side.ONCORD and stands_beside(link.part)


@dataclass(slots=True)
class LinkIndex:
    """The links of a plan input, found by the record of either side: those of one record in the order of their parts."""

    by_record: dict[Key, list[Link]] = field(default_factory=dict)

    @classmethod
    def of(cls, links: Iterable[Link]) -> "LinkIndex":
        """Index some links, whatever order they come in."""
        index = cls()
        once: dict[int, Link] = {}
        for link in links:
            once.setdefault(link.id, link)
        for link in sorted(once.values(), key=by_part):
            for side in Side:
                index.by_record.setdefault((side, link.kind, link.id_on(side)), []).append(link)
        return index

    def live(self, key: Key, part: Part = PRIMARY) -> Link | None:
        """The live link of a record: the one of this part, or the primary one where a contact owns several customers."""
        links = [
            link for link in self.parts(key) if link.part == part or (part is PRIMARY and not _stands_beside(key, link))
        ]
        return min(links, key=by_part) if links else None

    def parts(self, key: Key) -> list[Link]:
        """All live links of a record."""
        return [link for link in self.by_record.get(key, ()) if link.state is LinkState.LIVE]

    def tombstone(self, key: Key) -> Link | None:
        """The newest tombstone of a record, unless a person has asked since for what was lost to be made anew."""
        former = [
            link
            for link in self.by_record.get(key, ())
            if link.state is not LinkState.LIVE and not _stands_beside(key, link)
        ]
        newest = max(former, key=lambda link: link.id) if former else None
        return newest if newest is not None and newest.state is LinkState.TOMBSTONE else None

    def tombstones(self, key: Key) -> list[Link]:
        """All tombstones of a record, the primary customer's first."""
        buried = [link for link in self.by_record.get(key, ()) if link.state is LinkState.TOMBSTONE]
        return sorted(buried, key=by_part)

    def cancellation(self, sale_id: str) -> Link | None:
        """The link of a sale of Oncord to the credit memo that takes its invoice back, whatever became of it: the newest (S5)."""
        known = self.by_record.get((Side.ONCORD, Kind.SALE, sale_id), ())
        return max((link for link in known if link.part is CANCELLATION), key=lambda link: link.id, default=None)

    def differences(self, sale_id: str) -> list[Link]:
        """The links of a sale of Oncord to the documents over its later differences, whatever became of them: the oldest first
        (B1)."""
        known = self.by_record.get((Side.ONCORD, Kind.SALE, sale_id), ())
        return sorted((link for link in known if isinstance(link.part, Difference)), key=lambda link: link.id)

    def tombstoned(self, key: Key) -> bool:
        """Whether a record lives on without its counterpart: it has a tombstone and no live link."""
        return self.live(key) is None and self.tombstone(key) is not None

    def shared(self, key: Key) -> Link | None:
        """The link of a contact that is billed to another one's customer."""
        shared = [link for link in self.by_record.get(key, ()) if link.state is LinkState.SHARED]
        return max(shared, key=lambda link: link.id) if shared else None

    def generation(self, key: Key) -> int:
        """How often the counterpart of a record was asked for anew."""
        return max((link.generation for link in self.by_record.get(key, ())), default=0)

    def burying(self, gone: Iterable[Link], side: Side) -> "LinkIndex":
        """These links as they will be once some of them are buried, because their record of `side` is gone."""
        index = LinkIndex({key: list(links) for key, links in self.by_record.items()})
        for link in gone:
            index.keep(replace(link, state=LinkState.TOMBSTONE, gone=side))
        return index

    def number(self, keys: Iterable[Key], provisional: int, link_id: int) -> None:
        """Give the link of these records that was kept under a provisional id the one that it is stored under."""
        for key in keys:
            entries = self.by_record.get(key, [])
            if any(e.id == provisional for e in entries):
                entries[:] = sorted(
                    (replace(e, id=link_id) if e.id == provisional else e for e in entries), key=by_part
                )

    def keep(self, link: Link) -> None:
        """Remember a link as it is now, in place of what was known of it."""
        for side in Side:
            entries = self.by_record.setdefault((side, link.kind, link.id_on(side)), [])
            entries[:] = [link if e.id == link.id else e for e in entries]
            if all(e.id != link.id for e in entries):
                entries.append(link)
            entries.sort(key=by_part)
