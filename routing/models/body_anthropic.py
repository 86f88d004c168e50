"""A request as the body that Anthropic's Messages API wants: pure.

Source: Anthropic API, "Messages", "Tool use", "Structured outputs", version 2026-10-21.
"""

from typing import Any

from routing.models.request_json import object_in
from routing.prompting.lines import Line
from routing.prompting.prompt import prompt_of
from routing.request import Request, Role


def body_of(request: Request, vendor_id: str, max_output_tokens: int) -> dict[str, Any]:
    """Return the body, all but `stream` and what is of the beta.

    Raises:
        ModelFailed: BAD_REQUEST, a schema or the arguments of a call are no JSON object.
    """
    prompt = prompt_of(request)
    body: dict[str, Any] = {
        "model": vendor_id,
        "max_tokens": max_output_tokens,
        "system": prompt.system,
        "messages": [_message(line) for line in prompt.lines],
    }
    if request.tools:
        body["tools"] = [
            {
                "name": tool.name,
                "description": tool.description,
                "input_schema": object_in(tool.schema),
            }
            for tool in request.tools
        ]
    if request.answer_schema:
        schema = object_in(request.answer_schema)
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    return body


def _message(line: Line) -> dict[str, Any]:
    role = "user" if line.role is Role.CUSTOMER else "assistant"
    if not line.calls and not line.results:
        return {"role": role, "content": line.text}
    results = [
        {
            "type": "tool_result",
            "tool_use_id": result.call_id,
            "content": result.text,
            "is_error": result.is_error,
        }
        for result in line.results
    ]
    text = [{"type": "text", "text": line.text}] if line.text else []
    calls = [
        {
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": object_in(call.arguments),
        }
        for call in line.calls
    ]
    return {"role": role, "content": [*results, *text, *calls]}
