"""Tables as one page that a browser shows and prints, with nothing from anywhere else: it is read out of an archive years later."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from app.services.archives import plain

_STYLE = (
    "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}th,td{border:1px solid #999;padding:.3em .6em;"
    "text-align:left;vertical-align:top}@media print{body{margin:0}thead{display:table-header-group}tr{break-inside:avoid}}"
)
Table = tuple[str, Sequence[str], Iterable[Sequence[Any]]]
"""Its heading, its columns and its rows."""


def page_of(title: str, note: str, tables: Iterable[Table]) -> str:
    """The whole page, in HTML; whatever stands in it is text. A table without rows says so."""
    parts = [f"<h1>{escape(title)}</h1><p>{escape(note)}</p>"]
    for heading, columns, rows in tables:
        lines = [f"<tr>{''.join(f'<td>{_text(value)}</td>' for value in row)}</tr>" for row in rows]
        head = "".join(f'<th scope="col">{escape(_words(name))}</th>' for name in columns)
        body = (
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>" if lines else "<p>None.</p>"
        )
        parts.append(f"<h2>{escape(heading)}</h2>{body}")
    start = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style></head>'
    return f"{start}<body>{''.join(parts)}</body></html>"


def _text(value: Any) -> str:
    return "" if value is None else escape(plain(value))


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
