"""Two cards that were made of what may be one person, because nobody said in time: whether they have been merged since."""

from collections.abc import Mapping

from app.domain.model.records import Contact, Snapshot


def merged_since(made: set[str], offered: set[str], cards: Mapping[str, Snapshot]) -> bool:
    """Whether the question if the card that was `made` is one of those `offered` has an answer by now.

    `cards` are all of these as their side has them. They were merged either way round, or one side of the question is
    no longer in use.
    """

    def away(card: str) -> bool:
        snapshot = cards.get(card)
        if snapshot is None or snapshot.deleted or snapshot.merged_into:
            return True
        return isinstance(snapshot.record, Contact) and not snapshot.record.active

    into_it = any(cards[card].merged_into in made for card in offered & cards.keys())
    offered_unused = all(away(card) for card in offered)
    made_unused = bool(made) and all(away(card) for card in made)
    return bool(made & offered) or into_it or offered_unused or made_unused
