"""The OpenAPI 3.1 document, made from the tables that check the calls. Pure."""

from bot.api.answer_schemas import ANSWERS
from bot.api.shapes import Schema
from bot.api.table import IDEMPOTENCY_KEY, OPERATIONS, Operation
from bot.api.things import Part
from bot.version import VERSION

BEARER = "key"
WITH_KEY = (401, 429, 503)
MEANINGS = {
    400: "What was sent is not what is expected; `path` says where.",
    401: "No valid key.",
    404: "There is no such thing for this key.",
    409: "The Idempotency-Key stands for another call, or for one that still runs.",
    413: "The body is over a mebibyte.",
    422: "No model fits in the budget: `needed_usd` and `left_usd` say by how much.",
    429: "Too many calls with this key; Retry-After says when to come back.",
    503: "No model is left, or something of ours is down.",
    504: "Every model was silent for too long.",
}


def document() -> Schema:
    """Return the whole document."""
    paths: Schema = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Support Copilot",
            "version": VERSION,
            "description": "Names are camelCase; snake_case is taken, too. A key that begins with "
            "`sk_test_` is answered by simulated models and never billed.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(ANSWERS),
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer"}},
        },
    }


def described(operation: Operation) -> Schema:
    """Return one operation of the document."""
    fields: Schema = {
        "operationId": operation.id,
        "summary": operation.summary,
        "responses": _responses(operation),
    }
    parameters = [_parameter(part, "query") for part in operation.query]
    if operation.place is not None:
        parameters.append(_parameter(operation.place, "path"))
    if operation.body is not None:
        parameters.append(_parameter(IDEMPOTENCY_KEY, "header"))
    if parameters:
        fields["parameters"] = parameters
    if operation.body is not None:
        content = {"application/json": {"schema": operation.body.schema()}}
        fields["requestBody"] = {"required": True, "content": content}
    if not operation.is_open:
        fields["security"] = [{BEARER: []}]
    return fields


def _responses(operation: Operation) -> Schema:
    content: Schema = {"application/json": {"schema": _named(operation.answer)}}
    if operation.texts:
        content = {text: {"schema": _named(operation.answer)} for text in operation.texts}
    if operation.streams:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    responses: Schema = {"200": {"description": "What was asked for.", "content": content}}
    error = "OpenAIError" if operation.is_openai else "Error"
    refusals = operation.errors if operation.is_open else (*operation.errors, *WITH_KEY)
    for status in sorted(set(refusals)):
        content = {"application/json": {"schema": _named(error)}}
        responses[str(status)] = {"description": MEANINGS[status], "content": content}
    return responses


def _parameter(part: Part, where: str) -> Schema:
    return {
        "name": part.name,
        "in": where,
        "required": where == "path",
        "schema": part.shape.schema(),
        **({"description": part.about} if part.about else {}),
    }


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
