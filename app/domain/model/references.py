"""What a record refers to: read off the pointers of its kind's description, and nowhere else."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from app.domain.model.description import DESCRIPTIONS, kind_of
from app.domain.model.records import Kind, Record, Reference


def references(record: Record | None) -> Iterator[tuple[Kind, Reference]]:
    """Every record that a record refers to, on its own side or promised; empty references too."""
    if record is None:
        return
    for pointer in DESCRIPTIONS[kind_of(record)].pointers:
        for holder, reference in _followed(record, pointer.path):
            yield pointer.kind or holder.kind, reference


def referred_ids(record: Record | None, kind: Kind) -> Iterator[str]:
    """The ids of the records of one kind that a record refers to; no promises, and no empty ones."""
    for of, reference in references(record):
        if of is kind and isinstance(reference, str) and reference:
            yield reference


def with_references(record: Record, find: Callable[[Kind, Reference], Reference]) -> Record:
    """The record with every reference replaced by what `find` makes of it and its kind: records of two kinds may have one id."""
    converted: Record = record
    for pointer in DESCRIPTIONS[kind_of(record)].pointers:
        converted = _pointed_anew(converted, pointer.path, pointer.kind, find)
    return converted


def _followed(holder: Any, path: tuple[str, ...]) -> Iterator[tuple[Any, Reference]]:
    value = getattr(holder, path[0])
    if len(path) == 1:
        yield holder, value
    elif isinstance(value, tuple):
        for part in value:
            yield from _followed(part, path[1:])
    else:
        yield from _followed(value, path[1:])


def _pointed_anew(
    holder: Any, path: tuple[str, ...], kind: Kind | None, find: Callable[[Kind, Reference], Reference]
) -> Any:
    value = getattr(holder, path[0])
    if len(path) == 1:
        return replace(holder, **{path[0]: find(kind or holder.kind, value)})
    if isinstance(value, tuple):
        return replace(holder, **{path[0]: tuple(_pointed_anew(part, path[1:], kind, find) for part in value)})
    return replace(holder, **{path[0]: _pointed_anew(value, path[1:], kind, find)})
