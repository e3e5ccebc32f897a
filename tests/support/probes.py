"""Probes across connections: whoever is about one of them asks for what another one has, and for what nobody has.

The two answers have to be the same, letter by letter, but for the names that were asked about. Functions of the storage are found
in its modules, and what they are given is made from their annotations: one that comes later is probed, or a test fails.
"""

import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from itertools import islice
from random import Random
from typing import Any

import app.storage
from app.storage import paging
from app.storage.connections.vault import Vault
from app.storage.database import Database, Transaction

KEY = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
IN_ONE_TRANSACTION = 100
"""So many probes share one. Each is undone by itself, so that none sees what another has done."""
PASSED_OVER = frozenset({"clauses.carry_out", "database.turn_to"})
"""What is told of an id on purpose (`tests/storage/test_walls.py` has the list of who does so), and what is given the text of a statement
instead of ids: its callers are asked."""
NUMBERED = frozenset({"records.agreed_pairs.agree", "records.links.share"})
"""What answers with a number that PostgreSQL counts up, whoever's row it is."""
_MADE_HERE = re.compile(r'UniqueViolation: [^"]*"\w+_(pkey|by_digest)"')
"""An id, or the digest of a secret, that is taken: whoever comes with one had it from this service, which makes them by chance."""
Function = Callable[..., Any]


class Unprobed(Exception):
    """A function is given something of a kind that nothing is made of here yet, or an exception is made of one that is not there."""


@cache
def functions() -> dict[str, Function]:
    """Every function of the storage that works in a transaction, by module and name."""
    found: dict[str, Function] = {}
    for module in pkgutil.walk_packages(app.storage.__path__, "app.storage."):
        content = importlib.import_module(module.name)
        for name, member in vars(content).items():
            if not inspect.isfunction(member) or member.__module__ != module.name or name.startswith("_"):
                continue
            if not (inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)):
                continue
            if "tx" in inspect.signature(member).parameters or module.name.endswith("changes.intake"):
                found[f"{module.name.removeprefix('app.storage.')}.{name}"] = member
    if gone := (PASSED_OVER | NUMBERED) - set(found):
        raise Unprobed(f"there is no {', no '.join(sorted(gone))}: name what stands in for it")
    return {name: member for name, member in sorted(found.items()) if name not in PASSED_OVER}


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@cache
def _parameters(function: Function) -> dict[str, Any]:
    """What a function is given besides the transaction: names and annotations."""
    return {name: _hints(function)[name] for name in list(inspect.signature(function).parameters)[1:]}


class Maker:
    """Makes what a function is given, the same for everybody but for whose it is."""

    def __init__(self, own: str, other: str, words: Sequence[str], chance: Random) -> None:
        self._own, self._other, self._words, self._chance = own, other, words, chance

    def arguments(self, function: Function) -> dict[str, Any]:
        """All but the transaction."""
        return {name: self.value(kind, name) for name, kind in _parameters(function).items()}

    def value(self, kind: Any, name: str, depth: int = 0) -> Any:
        """Something of this kind, called so."""
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Literal:
            return self._chance.choice(inner)
        if origin in (types.UnionType, typing.Union):
            return self.value(
                self._chance.choice(
                    [each for each in inner if each is not type(None)] + [each for each in inner if each is type(None)]
                ),
                name,
                depth,
            )
        if origin is typing.Annotated:
            return self.value(inner[0], name, depth)
        if kind is None or kind is type(None):
            return None
        if origin is not None and issubclass(origin, Mapping):
            return {
                self.value(inner[0], name, depth): self.value(inner[1], name, depth)
                for _ in range(self._chance.randrange(3))
            }
        if origin is tuple:
            if inner[-1] is Ellipsis:
                return tuple(self.value(inner[0], name, depth) for _ in range(self._chance.randrange(3)))
            return tuple(self.value(each, name, depth) for each in inner)
        if origin in (frozenset, set):
            return origin(self.value(inner[0], name, depth) for _ in range(self._chance.randrange(3)))
        if origin is not None and issubclass(origin, Iterable):
            return [self.value(inner[0], name, depth) for _ in range(self._chance.randrange(1, 4))]
        if is_dataclass(kind):
            return self._filled(kind, depth + 1)
        return self._plain(kind, name)

    def _filled(self, kind: Any, depth: int) -> Any:
        hints = _hints(kind)
        given: dict[str, Any] = {}
        for field in fields(kind):
            optional = field.default is not MISSING or field.default_factory is not MISSING
            if field.init and not (optional and (depth > 2 or self._chance.random() < 0.3)):
                given[field.name] = self.value(hints[field.name], field.name, depth)
        return kind(**given)

    def _plain(self, kind: Any, name: str) -> Any:
        if kind is str:
            return self._text(name)
        if inspect.isclass(kind) and issubclass(kind, Enum):
            return self._chance.choice(list(kind))
        made: dict[Any, Callable[[], Any]] = {
            bool: lambda: self._chance.random() < 0.5,
            int: lambda: self._chance.randrange(1, 5),
            float: lambda: float(self._chance.randrange(1, 60)),
            bytes: lambda: self._text(name).encode(),
            datetime: lambda: NOW + timedelta(minutes=self._chance.randrange(-60 * 24 * 60, 60)),
            date: lambda: NOW.date() - timedelta(days=self._chance.randrange(60)),
            timedelta: lambda: timedelta(minutes=self._chance.randrange(60)),
            Decimal: lambda: Decimal(self._chance.randrange(100)),
            Any: dict,
            object: dict,
            dict: dict,
            Vault: lambda: Vault([KEY], Random(1)),
        }
        if kind not in made:
            raise Unprobed(f"{name}: {kind}")
        return made[kind]()

    def _text(self, name: str) -> str:
        """An id, a key or a word; mostly one that the other connection has under this very name."""
        if name in ("connection_id", "connection_ids", "only"):
            return self._chance.choice((self._own, self._other))
        if name == "source_id" or name == "target_id":
            return self._other
        if name == "month":
            return "2026-11"
        if name == "cursor":
            number = self._chance.randrange(1, 5)
            return self._chance.choice(
                (paging.encode(NOW, f"id-{self._other}"), paging.encode(number), paging.encode(f"id-{self._other}"))
            )
        known = (
            name
            if name in self._words
            else {
                "item_id": "id",
                "key_id": "id",
                "run_id": "id",
                "tie_out_id": "id",
                "session_id": "id",
                "link_id": "id",
                "ids": "id",
            }.get(name, "")
        )
        word = known if known and self._chance.random() < 0.7 else self._chance.choice(self._words)
        return f"{word}-{self._other}"


async def leaks(
    database: Database, own: str, others: tuple[str, str], words: Sequence[str], probes: Iterable[tuple[str, int]]
) -> list[str]:
    """What functions of the storage tell apart of what another connection has and what nobody has, in words; [] where nothing.

    `others` are the connection that is there and one that is not, with ids of the same length; `probes` are names of functions, each
    with the seed that its arguments are made from.
    """
    found, left = [], iter(probes)
    while some := list(islice(left, IN_ONE_TRANSACTION)):
        async with database.transaction(own) as tx:
            await tx.execute("SAVEPOINT untouched", prepare=False)
            found += [await _leak(tx, own, others, words, name, seed) for name, seed in some]
            await tx.rollback()
    return [leak for leak in found if leak]


async def _leak(tx: Transaction, own: str, others: tuple[str, str], words: Sequence[str], name: str, seed: int) -> str:
    function = functions()[name]
    there, nowhere = others
    answers = []
    for other in others:
        given = Maker(own, other, words, Random(f"{name} {seed}")).arguments(function)
        answer = (await _asked(tx, function, given)).replace(there, nowhere)
        answers.append(re.sub(r"\d+", "n", answer) if name in NUMBERED else answer)
    if answers[0] == answers[1] or _MADE_HERE.match(answers[0]):
        return ""
    return f"{name} {seed}: {answers[0]} | {answers[1]}"


async def _asked(tx: Transaction, function: Function, arguments: Mapping[str, Any]) -> str:
    """What a transaction gets to know; whatever it has done is undone."""
    try:
        if inspect.isasyncgenfunction(function):
            answer: Any = [each async for each in function(tx, **arguments)]
        else:
            answer = await typing.cast(Awaitable[Any], function(tx, **arguments))
        said = _written(answer)
    except Exception as error:  # noqa: BLE001 - what is said is compared, whatever it is
        said = f"{type(error).__name__}: {error}"
    await tx.execute("ROLLBACK TO untouched", prepare=False)
    return said


def _written(answer: Any) -> str:
    """An answer in letters; what has no order, in the order of its letters."""
    if isinstance(answer, set | frozenset):
        return f"{{{', '.join(sorted(map(_written, answer)))}}}"
    if isinstance(answer, list | tuple):
        return f"({', '.join(map(_written, answer))})"
    if isinstance(answer, dict):
        return f"{{{', '.join(f'{_written(name)}: {_written(value)}' for name, value in answer.items())}}}"
    return repr(answer)
