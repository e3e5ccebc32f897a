"""The posts that one site still has to make, and which of them comes next.

Most keep their order: the first of them holds back the rest. Loose ones (delayed or shuffled by a
hazard) wait for their own moment beside the queue.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(eq=False)
class Message:
    """One post that has not yet been answered with a 2xx."""

    id: str
    site_id: str
    entity: str
    type: str
    body: str
    due: str
    in_order: bool = True
    attempts: int = 0
    last_answer: str | None = None


@dataclass
class Outbox:
    """A site's messages."""

    queue: deque[Message] = field(default_factory=deque)
    loose: list[Message] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.queue) + len(self.loose)

    def __iter__(self) -> Iterator[Message]:
        yield from self.queue
        yield from self.loose

    def add(self, message: Message) -> None:
        """Put it at the end of the queue, or beside it."""
        if message.in_order:
            self.queue.append(message)
        else:
            self.loose.append(message)

    def remove(self, message: Message) -> None:
        """It was delivered."""
        if self.queue and self.queue[0] is message:
            self.queue.popleft()
        elif message in self.queue:
            self.queue.remove(message)
        elif message in self.loose:
            self.loose.remove(message)

    def next(self, held: Callable[[str], bool]) -> Message | None:
        """What comes next, due or not, leaving aside the messages about an entity that is held."""
        head = next((message for message in self.queue if not held(message.entity)), None)
        ready = [message for message in self.loose if not held(message.entity)]
        if head is not None:
            ready.append(head)
        return min(ready, key=lambda message: message.due, default=None)
