"""The OpenAPI document, and as a page of our own the API reference out of it: it needs no script and reaches no other host."""

import json
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from markupsafe import Markup

from app.api.document import PARTS
from app.console.rendered_once import Kept, kept, public_page, sent
from app.console.session import PageRoute
from app.console.view import part

_ORDER = tuple(PARTS)

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.api_route("/openapi.json", methods=["GET", "HEAD"])
async def document(request: Request) -> Response:
    """The OpenAPI document, for tools."""
    return sent(request, _document(request.app), "application/json")


@router.get("/reference")
async def reference(request: Request) -> Response:
    """Every operation with its parameters, its answers and an example of each."""
    text = Markup(_reference(request.app).plain.decode())  # noqa: S704 - out of our template
    return await public_page(request, "reference.html", text=text)


def make_beforehand(app: FastAPI) -> None:
    """Make what takes seconds before anybody asks: whoever asks first, without a key, would hold up all others."""
    _document(app)
    _reference(app)


def _document(app: FastAPI) -> Kept:
    return kept(app, "openapi.json", lambda: _json(app))


def _reference(app: FastAPI) -> Kept:
    return kept(app, "reference", lambda: _text(app).encode())


def _json(app: FastAPI) -> bytes:
    return json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()


def _text(app: FastAPI) -> Markup:
    described, base = app.openapi(), app.state.settings.public_url.rstrip("/")
    return part("reference_text.html", document=described, groups=_groups(described), base=base)


def _groups(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in (*document["paths"].items(), *document["webhooks"].items()):
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            groups.setdefault(operation["tags"][0], []).append(
                {
                    "summary": operation["summary"],
                    "description": operation["description"],
                    "parameters": [_parameter(each) for each in operation.get("parameters", [])],
                    "path": path,
                    "method": method.upper(),
                    "open": not path.startswith("/api/"),
                    "posted_here": path in document["webhooks"],
                    "sends": _pretty(_example(document, body)) if body else "",
                    "answers": [_answer(document, *each) for each in operation["responses"].items()],
                }
            )
    return dict(sorted(groups.items(), key=lambda group: _ORDER.index(group[0]) if group[0] in _ORDER else len(_ORDER)))


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    meaning = parameter.get("description") or parameter.get("schema", {}).get("description", "")
    required = parameter.get("required", False)
    return {"name": parameter["name"], "in": parameter["in"], "required": required, "meaning": meaning}


def _answer(document: dict[str, Any], status: str, response: dict[str, Any]) -> dict[str, str]:
    content: dict[str, Any] = next(iter(response.get("content", {}).values()), {}) if status.startswith("2") else {}
    schema = content.get("schema", {})
    shown = str(content["example"]) if "example" in content else _pretty(_example(document, schema))
    return {"status": status, "description": response["description"], "example": shown}


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """The first example of a schema."""
    if "anyOf" in schema:
        return next((found for each in schema["anyOf"] if (found := _example(document, each)) is not None), None)
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        return [_example(document, schema["items"])]
    if schema.get("examples"):
        return schema["examples"][0]
    return None


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value is not None else ""
