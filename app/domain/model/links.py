"""The memory that two records are one thing, and what each side held when they last agreed."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.model.link_part import PRIMARY, Part
from app.domain.model.records import Kind, Record, Side


class Origin(StrEnum):
    """Where a pair began; decides what a delete may do (S3, R3). `both`: it existed on both sides before we met it."""

    ONCORD = "oncord"
    QUICKBOOKS = "quickbooks"
    BOTH = "both"


class LinkState(StrEnum):
    """`tombstone`: one of the records was deleted on one side; kept so that nothing brings it back by accident.

    `shared`: the contact is the same person as another one and is billed to that one's customer; it agrees on nothing.
    `revived`: a person has asked for the lost one to be made anew; kept for its generation.
    """

    LIVE = "live"
    TOMBSTONE = "tombstone"
    SHARED = "shared"
    REVIVED = "revived"


@dataclass(frozen=True, slots=True)
class Link:
    """Both ids, the origin, and the base: what each side held, as that side itself returned it, at the last agreement.

    `part` tells the links of one Oncord record apart. `generation` grows when a person asks for a deleted record to be
    made anew. `gone` names the side whose record was deleted (tombstones only).
    """

    id: int
    kind: Kind
    oncord_id: str
    quickbooks_id: str
    origin: Origin
    state: LinkState = LinkState.LIVE
    generation: int = 0
    part: Part = PRIMARY
    base_oncord: Record | None = None
    base_quickbooks: Record | None = None
    gone: Side | None = None
    vocabulary: int | None = None
    """The number of the vocabulary that the bases were written in, where that is stored otherwise than as the present one
    (`model.description`); None: it is the present one."""

    def id_on(self, side: Side) -> str:
        """This pair's record id on one side."""
        return self.oncord_id if side is Side.ONCORD else self.quickbooks_id

    def base_on(self, side: Side) -> Record | None:
        """What one side held when the pair last agreed; None where it was never seen (it is then taken as agreed)."""
        return self.base_oncord if side is Side.ONCORD else self.base_quickbooks
