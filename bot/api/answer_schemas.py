"""What the API answers, as JSON schemas by name; for the OpenAPI document. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.api.shapes import Schema

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
AMOUNT: Schema = {"type": "string", "description": "US dollars, exact."}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}


def thing(**properties: Schema) -> Schema:
    """Return the schema of an object that has all of these, and may have more."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def some(each: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": each}


def maybe(schema: Schema) -> Schema:
    """Return the schema of something that may be null."""
    return {"anyOf": [schema, {"type": "null"}]}


ATTEMPT = thing(
    model=TEXT,
    number=WHOLE,
    usage=thing(input_tokens=WHOLE, output_tokens=WHOLE, estimated=FLAG),
    cost_usd=AMOUNT,
    failed=TEXT_OR_NULL,
    total_s={"type": "number"},
    purpose=TEXT,
)
DECISION = thing(
    rule=TEXT,
    goal=TEXT,
    strategy=TEXT,
    policy_version=TEXT,
    order=some(TEXT),
    candidates=some(thing(model=TEXT, worst_cost_usd=AMOUNT, excluded=TEXT)),
    max_cost_usd=AMOUNT,
    reasons=some(TEXT),
    seed=TEXT,
)
CITATION = thing(n=WHOLE, title=TEXT, url=TEXT, quote=TEXT)
CALL = thing(id=TEXT, type={"const": "function"}, function=thing(name=TEXT, arguments=TEXT))
MODEL = thing(id=TEXT, object={"const": "model"}, created=WHOLE, owned_by=TEXT)
BILL_LINE = thing(turns=WHOLE, attempts=WHOLE, failed=WHOLE, cost_usd=AMOUNT)
ANSWERS: Mapping[str, Schema] = MappingProxyType(
    {
        "RouteAnswer": thing(
            output=TEXT,
            finish_reason=TEXT,
            is_complete=FLAG,
            citations=some(CITATION),
            usage=thing(input_tokens=WHOLE, output_tokens=WHOLE, total_tokens=WHOLE),
            routing=thing(
                model=TEXT,
                decision=DECISION,
                reasons=some(TEXT),
                attempts=some(ATTEMPT),
                skipped=some(thing(model=TEXT, why=TEXT)),
                costUsd={"type": "number"},
                cacheHit=FLAG,
            ),
            trace_id=TEXT,
        ),
        "ChatCompletion": thing(
            id=TEXT,
            object={"const": "chat.completion"},
            created=WHOLE,
            model=TEXT,
            choices=some(
                thing(
                    index=WHOLE,
                    message={
                        "type": "object",
                        "properties": {
                            "role": TEXT,
                            "content": TEXT_OR_NULL,
                            "tool_calls": some(CALL),
                        },
                        "required": ["role", "content"],
                    },
                    finish_reason=TEXT,
                )
            ),
            usage=thing(prompt_tokens=WHOLE, completion_tokens=WHOLE, total_tokens=WHOLE),
        ),
        "AgentRun": thing(
            run_id=TEXT,
            status=TEXT,
            why=TEXT,
            output=TEXT,
            steps=some(thing(number=WHOLE, text=TEXT, calls=some(thing(name=TEXT)))),
            pending=some(thing(key=TEXT, name=TEXT, arguments=TEXT, effect=TEXT)),
            routing=thing(decision=DECISION, costUsd={"type": "number"}),
            trace_id=TEXT,
        ),
        "ModelList": thing(object={"const": "list"}, data=some(MODEL)),
        "Model": MODEL,
        "Trace": thing(
            trace_id=TEXT,
            conversation=TEXT,
            decision=maybe(DECISION),
            turn=maybe(thing(outcome=TEXT, attempts=some(ATTEMPT), cost_usd=AMOUNT)),
        ),
        "DecisionPage": thing(
            items=some({"allOf": [DECISION, thing(trace_id=TEXT, at=TEXT)]}),
            next_cursor=TEXT_OR_NULL,
        ),
        "Bill": thing(by=some(TEXT), lines=some(BILL_LINE), total=maybe(BILL_LINE)),
        "Conversation": thing(
            conversation=TEXT,
            channel=TEXT,
            locale=TEXT,
            lines=some(thing(seq=WHOLE, author=TEXT, text=TEXT)),
        ),
        "Lines": {"type": "string"},
        "Document": {"type": "object"},
        "Error": thing(error=thing(type=TEXT, message=TEXT, trace_id=TEXT)),
        "OpenAIError": thing(error=thing(message=TEXT, type=TEXT, code=TEXT, trace_id=TEXT)),
    }
)
