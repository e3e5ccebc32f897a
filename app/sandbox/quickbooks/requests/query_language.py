"""QBO's query language: text in, a `Query` out, or the parse fault (4000) that says where it went wrong.

SELECT * | fields | COUNT(*) FROM Entity [WHERE p op v [AND ...]] [ORDERBY p [ASC|DESC], ...] [STARTPOSITION n] [MAXRESULTS n]
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from app.sandbox.quickbooks.values import faults

OPERATORS = ("=", "!=", "<", ">", "<=", ">=", "IN", "LIKE")
KEYWORDS = ("WHERE", "ORDERBY", "ORDER", "STARTPOSITION", "MAXRESULTS")
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][\w.]*)|(?P<mark><=|>=|!=|[=<>(),*]))",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Condition:
    property: str
    operator: str
    values: tuple[str, ...]


@dataclass(slots=True)
class Query:
    entity: str = ""
    fields: list[str] = field(default_factory=list)
    count: bool = False
    where: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Property and whether descending."""
    start: int = 1
    limit: int = 100


def parse(statement: str) -> Query:
    return _Parser(statement).query()


def _tokens(statement: str) -> list[Token]:
    found, position = [], 0
    statement = statement.rstrip().rstrip(";").rstrip()
    while position < len(statement):
        match = _TOKEN.match(statement, position)
        if match is None:
            position += len(statement[position:]) - len(statement[position:].lstrip())
            raise faults.parse_error(
                f'Encountered "{statement[position : position + 10]}" at line 1, column {position + 1}.'
            )
        kind = str(match.lastgroup)
        found.append(Token(kind, match[kind], match.start(kind) + 1))
        position = match.end()
    return found


class _Parser:
    def __init__(self, statement: str) -> None:
        self.tokens = _tokens(statement)
        self.at = 0

    def peek(self) -> Token:
        end = self.tokens[-1].column + len(self.tokens[-1].text) if self.tokens else 1
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "<EOF>", end)

    def next(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def unexpected(self, token: Token) -> Exception:
        return faults.parse_error(f'Encountered "{token.text}" at line 1, column {token.column}.')

    def word(self, *expected: str) -> str:
        token = self.next()
        if token.kind != "word" or (expected and token.text.upper() not in expected):
            raise self.unexpected(token)
        return token.text

    def follows(self, *words: str) -> bool:
        token = self.peek()
        if token.kind in ("word", "mark") and token.text.upper() in words:
            self.at += 1
            return True
        return False

    def query(self) -> Query:
        query = Query()
        self.word("SELECT")
        if self.follows("COUNT"):
            for mark in "(*)":
                self.mark(mark)
            query.count = True
        else:
            self.columns(query)
        self.word("FROM")
        query.entity = self.entity()
        if self.follows("WHERE"):
            query.where.append(self.condition())
            while self.follows("AND"):
                query.where.append(self.condition())
        if self.follows("ORDERBY") or (self.follows("ORDER") and self.word("BY")):
            query.order.append(self.sorting())
            while self.follows(","):
                query.order.append(self.sorting())
        while self.peek().kind != "end":  # either order of the two is accepted
            clause = self.word("STARTPOSITION", "MAXRESULTS").upper()
            value = self.next()
            if value.kind != "number" or "." in value.text:
                raise self.unexpected(value)
            if clause == "STARTPOSITION":
                query.start = int(value.text)
            else:
                query.limit = int(value.text)
        return query

    def entity(self) -> str:
        token = self.next()
        if token.kind != "word" or token.text.lower() == "null":
            raise self.unexpected(token)
        return token.text

    def mark(self, expected: str) -> None:
        token = self.next()
        if token.text != expected:
            raise self.unexpected(token)

    def columns(self, query: Query) -> None:
        while True:
            token = self.next()
            if token.text == "*" or token.kind == "word":
                query.fields.append(token.text)
            else:
                raise self.unexpected(token)
            if not self.follows(","):
                break
        if "*" in query.fields:
            query.fields = []

    def condition(self) -> Condition:
        name = self.word()
        token = self.next()
        operator = token.text.upper()
        if operator not in OPERATORS:
            raise self.unexpected(token)
        if operator != "IN":
            return Condition(name, operator, (self.value(),))
        self.mark("(")
        values = [self.value()]
        while self.follows(","):
            values.append(self.value())
        self.mark(")")
        return Condition(name, operator, tuple(values))

    def value(self) -> str:
        token = self.next()
        if token.kind == "text":
            return re.sub(r"\\(.)", r"\1", token.text[1:-1], flags=re.DOTALL)
        if token.kind == "number" or (
            token.kind == "word" and token.text.lower() in ("true", "false", "null", "current_date")
        ):
            return token.text
        raise self.unexpected(token)

    def sorting(self) -> tuple[str, bool]:
        name = self.word()
        descending = self.follows("DESC")
        if not descending:
            self.follows("ASC")
        return name, descending
