"""Which model answers, and how: a library of its own, without the bot.

The names below are its public face. Each is loaded when it is first used, so that a part of the
library does not cost the start of all of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.execution.health import Health
    from routing.execution.parts import Parts
    from routing.intent.layers import layers_of
    from routing.models.anthropic import AnthropicModel
    from routing.models.offline import OfflineModel
    from routing.models.openai import OpenAIModel
    from routing.models.sandbox import SandboxModel
    from routing.money.prices import load_prices
    from routing.policy.reader import read_policy
    from routing.progress import Delta, Exhausted, FellBack, Finished, Mend, SeamFailed
    from routing.request import Message, Passage, Redacted, Request, Role, Tool
    from routing.router import Router

__all__ = [
    "AnthropicModel", "Delta", "Exhausted", "FellBack", "Finished", "Health", "Mend", "Message",
    "OfflineModel", "OpenAIModel", "Parts", "Passage", "Redacted", "Request", "Role", "Router",
    "SandboxModel", "SeamFailed", "Tool", "layers_of", "load_prices", "read_policy",
]  # fmt: skip
_HOMES = {
    "execution.health": ("Health",),
    "intent.layers": ("layers_of",),
    "models.anthropic": ("AnthropicModel",),
    "models.offline": ("OfflineModel",),
    "models.openai": ("OpenAIModel",),
    "models.sandbox": ("SandboxModel",),
    "execution.parts": ("Parts",),
    "policy.reader": ("read_policy",),
    "money.prices": ("load_prices",),
    "progress": ("Delta", "Exhausted", "FellBack", "Finished", "Mend", "SeamFailed"),
    "request": ("Message", "Passage", "Redacted", "Request", "Role", "Tool"),
    "router": ("Router",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    """Return a public name from where it lives."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'routing' has no attribute {name!r}")
    return getattr(import_module(f"routing.{_HOME_OF[name]}"), name)
