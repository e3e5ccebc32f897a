"""What the OpenAPI document says besides its operations: what they are called, and what each of its parts is about."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from fastapi.routing import APIRoute
from pydantic import BaseModel

PARTS = {
    "connections": "A site and a company that are joined, and everything about them as a whole.",
    "configuration": "What goes where, and what may be chosen.",
    "syncs": "Runs: started, tried, previewed, carried out, and what each decided and wrote.",
    "matches": "How both sides meet before the first synchronisation: what is the same, what may be, and what is said of it.",
    "tie-outs": "Whether both sides agree, to the cent; certificates, and months that are sealed.",
    "records": "Documents, payments and people: found, on both sides, with what led to that, and what was written.",
    "sales": "Sales: how they stand, and those that were owed before the start date.",
    "attention": "Questions that only a person can answer, one by one or many at once.",
    "messages": "Who is told of what, by signed webhook or mail, and how that went.",
    "events": "What both sides told of, and what of it could not be read.",
    "keys": "Keys of one connection, for programs.",
    "sessions": "Who is signed in to the console.",
    "life of data": "Erasing a person, and exporting all of a connection.",
    "oauth": "The way to QuickBooks' consent page and back, for browsers.",
    "webhooks": "What is posted here, and what this service posts; each is signed.",
    "health": "Whether this service lives and is ready, and its figures.",
}
"""The tags of the operations, in the order in which somebody needs them."""


def operation_id(route: APIRoute) -> str:
    """What an operation is called by programs that are made out of the document."""
    return route.name


class DescribedApi(FastAPI):
    """An application whose document has its examples whole: FastAPI leaves out of them whatever is null, and then they do not fit."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            examples = dict(_examples(BaseModel))
            for name, schema in super().openapi()["components"]["schemas"].items():
                if name in examples:
                    schema["examples"] = examples[name]
        return super().openapi()


def _examples(shape: type[BaseModel]) -> Iterator[tuple[str, list[Any]]]:
    """The examples of all shapes of the API below one, by their names, of which each is there once."""
    for below in shape.__subclasses__():
        yield from _examples(below)
        extra, schema = below.model_config.get("json_schema_extra"), dict[str, Any]()
        if below.__module__.startswith("app.api.") and extra is not None:
            if callable(extra):
                extra(schema, below)  # type: ignore[call-arg]
            else:
                schema |= extra
            yield below.__name__, jsonable_encoder(schema.get("examples", []))
