"""JSON text that a request brings along, such as a schema, as an object: pure."""

import json
from typing import Any

from routing.errors import FailureKind, ModelFailed


def object_in(text: str) -> dict[str, Any]:
    """Return the JSON object of a schema or of the arguments of a call.

    Raises:
        ModelFailed: BAD_REQUEST, it is not JSON or not an object, as every vendor would say.
    """
    try:
        body = json.loads(text)
    except ValueError:
        raise ModelFailed(FailureKind.BAD_REQUEST) from None
    if not isinstance(body, dict):
        raise ModelFailed(FailureKind.BAD_REQUEST)
    return body
