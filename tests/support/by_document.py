"""A program that knows the service by its OpenAPI document and by nothing else: addresses, methods, parameters, bodies out of examples.

Whatever is not as the document says is an error: a parameter or a member that it does not know or asks for in vain, a status that it
does not name, an answer that does not fit its schema.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from jsonschema_rs import validator_for

JSON = "application/json"


@dataclass(frozen=True)
class Operation:
    """An operation as the document has it."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """By name."""
        return {each["name"]: each for each in self.said.get("parameters", ())}

    @property
    def body(self) -> dict[str, Any] | None:
        """The schema of what is sent."""
        content: dict[str, Any] = self.said.get("requestBody", {}).get("content", {})
        return content.get(JSON, {}).get("schema")


class Documented:
    """The service, as its document says it is."""

    def __init__(self, http: httpx.AsyncClient, document: dict[str, Any]) -> None:
        self._http = http
        self.document = document

    @classmethod
    async def at(cls, http: httpx.AsyncClient) -> "Documented":
        """Read the document; the only address that is known before."""
        return cls(http, (await http.get("/openapi.json")).json())

    def operations(self) -> Iterator[tuple[str, Operation]]:
        """All of them, by what they are called."""
        for path, methods in self.document["paths"].items():
            for method, said in methods.items():
                yield said["operationId"], Operation(method, path, said)

    def operation(self, name: str) -> Operation:
        """One of them."""
        return dict(self.operations())[name]

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema itself, where it is only named; of something or nothing, the something."""
        something = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        if something:
            return self.resolved(something[0])
        name = schema.get("$ref", "").rpartition("/")[2]
        found: dict[str, Any] = self.document["components"]["schemas"][name] if name else schema
        return found

    def examples(self, schema: dict[str, Any]) -> list[Any]:
        """The examples of a schema; of several of one sort, a list of the first."""
        found = schema if "examples" in schema else self.resolved(schema)
        if "examples" not in found and found.get("type") == "array":
            return [self.examples(found["items"])[:1]]
        examples: list[Any] = found.get("examples", [])
        return examples

    def misfit(self, schema: dict[str, Any], value: Any) -> str:
        """Why a value does not fit a schema; "" where it does."""
        whole = {**schema, "components": self.document["components"]}
        return "; ".join(str(error.message) for error in validator_for(whole).iter_errors(value))

    def sent(self, name: str, which: int = 0, /, **members: Any) -> dict[str, Any]:
        """What is sent to an operation: one of its examples, with other members in it. Members that are `...` are left out."""
        schema = self.operation(name).body
        assert schema is not None, f"{name} takes nothing"
        known = self.resolved(schema)["properties"]
        assert members.keys() <= known.keys(), f"{name} does not know {members.keys() - known.keys()}"
        changed = {**self.examples(schema)[which], **members}
        return {member: value for member, value in changed.items() if value is not ...}

    async def call(self, name: str, body: Any = None, /, **values: Any) -> Any:
        """Call an operation; its answer, which has gone well and is as the document says."""
        operation = self.operation(name)
        required = {name for name, each in operation.parameters.items() if each.get("required")}
        assert required <= values.keys() <= operation.parameters.keys(), (
            f"{name} asks for {required}, got {values.keys()}"
        )
        assert body is not None or not operation.said.get("requestBody", {}).get("required"), f"{name} wants a body"
        if body is not None:
            assert operation.body is not None, f"{name} takes nothing"
            assert not (why := self.misfit(operation.body, body)), f"{name}: {why}"
        places = {each: str(values[each]) for each in values if operation.parameters[each]["in"] == "path"}
        query = {each: value for each, value in values.items() if operation.parameters[each]["in"] == "query"}
        address = operation.path.format(**places)
        answer = await self._http.request(operation.method, address, params=query, json=body)
        assert answer.is_success, f"{name}: {answer.status_code} {answer.text}"
        return self._read(name, operation, answer)

    def _read(self, name: str, operation: Operation, answer: httpx.Response) -> Any:
        said = operation.said["responses"].get(str(answer.status_code))
        assert said is not None, f"{name} does not say that it answers {answer.status_code}"
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if not answer.content:
            return None
        assert kind in said["content"], f"{name} does not say that it answers {kind}"
        if kind != JSON:
            return answer.content
        value = answer.json()
        assert not (why := self.misfit(said["content"][JSON]["schema"], value)), f"{name}: {why}"
        return value
