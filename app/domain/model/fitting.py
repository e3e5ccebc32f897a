"""What had to be said about a record so that a side can hold it: each sentence once, and only of what is written."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Notes:
    """What happened to the fields that are written, in sentences. `taker` is the side that cannot hold more ("Oncord")."""

    taker: str
    fields: tuple[str, ...]
    said: list[str] = field(default_factory=list)

    def say(self, group: str, sentence: str) -> None:
        """Say it, where the group is written at all."""
        if group in self.fields and sentence not in self.said:
            self.said.append(sentence)

    def cut(self, group: str, words: str, value: str, limit: int) -> str:
        """A text cut to what fits: prose only."""
        if len(value) <= limit:
            return value
        self.say(group, f"Its {words} is cut to the {limit} characters that {self.taker} takes.")
        return value[:limit].rstrip()

    def whole(self, group: str, words: str, value: str, limit: int) -> str:
        """A text that identifies: whole, or left out."""
        if len(value) <= limit:
            return value
        self.say(group, f"Its {words} is longer than the {limit} characters that {self.taker} takes, and was left out.")
        return ""

    def __str__(self) -> str:
        return " ".join(self.said)
