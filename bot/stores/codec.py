"""Bodies of events to JSON and back; the table of types comes from `bot.log.Body` itself."""

import json
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import Enum
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter, call
from typing import Any, ClassVar, cast, get_args, get_origin, get_type_hints

from bot.errors import StoreFailed
from bot.log import Body
from bot.privacy.redact import stored
from routing.request import Redacted

Decoder = Callable[[object], object]
Encoder = Callable[[Any], str]


class _Unreadable(ValueError):
    """A stored value is not what its field expects; says where, never what."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one class is written and read."""

    made: Callable[..., Any]
    names: tuple[str, ...]
    required: frozenset[str]
    read: dict[str, Decoder]
    values: Callable[[object], tuple[object, ...]]
    write: tuple[Encoder, ...]
    """One for each of `values`."""
    template: str
    """The JSON with `%s` for every value: ten times as fast as a dictionary and an encoder."""

    def written(self, value: object) -> str:
        """Return an object as JSON."""
        return self.template % tuple(map(call, self.write, self.values(value)))

    def made_from(self, given: object) -> object:
        """Return the object; strict about names and types."""
        if not isinstance(given, dict) or not self.required <= given.keys() <= set(self.names):
            raise _Unreadable(f"expected the fields {', '.join(self.names)}")
        return self.made(**{name: self.read[name](value) for name, value in given.items()})


def _many(values: tuple[object, ...]) -> str:
    if not values:
        return "[]"
    return f"[{','.join([_SHAPES[type(each)].written(each) for each in values])}]"


def _words(kind: type[Enum]) -> Encoder:
    """Return how a word is written; all of them are known, so none is made again."""
    return {word: quoted(word.value) for word in kind}.__getitem__


def _encoder(hint: object) -> Encoder:
    """Return how a field of this type is written; `_decoder` has refused all others."""
    if hint in (str, Redacted):
        return quoted
    if hint is int:
        return int.__repr__
    return _many if get_origin(hint) is tuple else _words(cast("type[Enum]", hint))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Unreadable("expected text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Unreadable("expected a whole number")
    return value


def _redacted(value: object) -> Redacted:
    return stored(_text(value))


def _many_of(kind: type) -> Decoder:
    def read(value: object) -> object:
        if not isinstance(value, list):
            raise _Unreadable("expected a list")
        return tuple(_SHAPES[kind].made_from(each) for each in value)

    return read


def _decoder(hint: object) -> Decoder:
    """Return how a field of this type is read."""
    if hint is Redacted:
        return _redacted
    if hint is str:
        return _text
    if hint is int:
        return _number
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if get_origin(hint) is tuple and is_dataclass(get_args(hint)[0]):
        return _many_of(cast("type", get_args(hint)[0]))
    raise AssertionError(f"a body has a field of type {hint!r}, which has no decoder")


def _getter(names: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    """Return a function from an object to the tuple of its fields."""
    if len(names) > 1:
        return attrgetter(*names)
    only = attrgetter(*names)
    return lambda value: (only(value),)


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _shape(kind: type) -> _Shape:
    """Return how a class is written and read."""
    hints = {n: h for n, h in get_type_hints(kind).items() if h is not ClassVar}
    of = fields(kind)
    names = tuple(field.name for field in of)
    return _Shape(
        made=kind,
        names=names,
        required=frozenset(field.name for field in of if _is_required(field)),
        read={name: _decoder(hints[name]) for name in names},
        values=_getter(names),
        write=tuple(_encoder(hints[name]) for name in names),
        template="{" + ",".join(f'"{name}":%s' for name in names) + "}",
    )


def _parts(kind: type) -> set[type]:
    """Return the classes that stand in the tuples of a class."""
    hints = get_type_hints(kind)
    held = (hints[field.name] for field in fields(kind))
    return {get_args(hint)[0] for hint in held if get_origin(hint) is tuple}


BODIES: dict[str, type] = {kind.TYPE: kind for kind in get_args(Body)}
"""The class of every event type."""
_SHAPES: dict[type, _Shape] = {
    kind: _shape(kind) for body in BODIES.values() for kind in (body, *_parts(body))
}


def encode(body: Body) -> str:
    """Return a body as JSON, without its type. ASCII only, so any text can be stored."""
    return _SHAPES[type(body)].written(body)


def decode(type_: str, text: str) -> Body:
    """Return the body that `encode` wrote.

    A field that is missing takes its default, since the log outlives the program that wrote it;
    anything else that does not fit is refused.

    Raises:
        StoreFailed: the type is unknown, or the JSON is not that of its class.
    """
    kind = BODIES.get(type_)
    if kind is None:
        raise StoreFailed(f"event type {type_!r} is unknown, expected one of {sorted(BODIES)}")
    try:
        return cast("Body", _SHAPES[kind].made_from(json.loads(text)))
    except json.JSONDecodeError:
        raise StoreFailed(f"an event of type {type_!r} is not JSON") from None
    except _Unreadable as error:
        raise StoreFailed(f"an event of type {type_!r} is unreadable: {error}") from None
    except ValueError:
        raise StoreFailed(f"an event of type {type_!r} has an unknown word") from None
