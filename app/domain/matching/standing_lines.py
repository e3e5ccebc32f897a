"""Which lines of a document that stands there now the lines of a wanted one are.

Line ids come out of a memory: a base, or a value that was kept. People type lines anew meanwhile, and an id that a
document no longer has is refused, so that every id is looked up once more in what stands there.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.matching.natural_keys import normalised
from app.domain.model.records import Line


def upon(lines: Sequence[Line], standing: Sequence[Line]) -> tuple[Line, ...]:
    """The lines, each with the id of a line that stands there, or with none where it is not there any more.

    A line whose own line was typed anew takes the id of the one that says the same in its place; a line that never had
    an id is new, and takes none.
    """
    claimed = {line.id for line in standing} & {line.id for line in lines}
    free = [line for line in standing if line.id and line.id not in claimed]
    taken: set[str] = set()
    placed: list[Line] = []
    for line in lines:
        line_id = line.id if line.id in claimed and line.id not in taken else ""
        if line.id and not line_id:
            line_id = _in_its_place(line, free)
        taken.add(line_id)
        placed.append(replace(line, id=line_id))
    return tuple(placed)


def _in_its_place(line: Line, free: list[Line]) -> str:
    """The id of a line that says the same and is nobody's yet; it is used up."""
    same = next((other for other in free if _says_the_same(line, other)), None)
    if same is None:
        return ""
    free.remove(same)
    return same.id


def _says_the_same(line: Line, other: Line) -> bool:
    text, other_text = normalised(line.description), normalised(other.description)
    return line.kind == other.kind and text == other_text != "" and line.item == other.item
