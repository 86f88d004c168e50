"""The shape of the house: which folder knows which, and how large a room may be."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.pure import PURE

ROOT = Path(__file__).parent.parent
FOLDERS = ("bot", "channels", "routing")
OURS = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
ALL = OURS + sorted((ROOT / "tests").rglob("*.py")) + sorted((ROOT / "benchmarks").rglob("*.py"))
MAY_IMPORT = {
    "bot": {"bot", "channels", "routing"},
    "channels": {"channels"},
    "routing": {"routing"},
}
IMPURE_MODULES = {"asyncio", "aiohttp", "logging", "os", "random", "secrets", "socket", "sqlite3",
                  "subprocess", "threading", "time", "uuid"}  # fmt: skip
SDKS = {"anthropic", "openai", "twilio", "slack_bolt", "slack_sdk", "mcp", "babel", "holidays"}
"""Costly to load: a start that needs none of them loads none of them."""
SDK_FILES = {
    "anthropic": {"routing/models/anthropic.py"},
    "openai": {"routing/models/openai.py"},
    "slack_sdk": {
        "channels/slack/api.py",
        "channels/slack/socket.py",
        "channels/slack/tokens.py",
        "channels/slack/oauth.py",
        "channels/slack/single_call.py",
    },
    "slack_bolt": {"channels/slack/bolt.py", "channels/slack/oauth.py"},
    "twilio": {
        "channels/twilio/api.py",
        "channels/twilio/http_client.py",
        "channels/twilio/signature.py",
        "channels/voice/twiml.py",
    },
    "babel": {"bot/humans/opening_words.py"},
    "holidays": {"bot/humans/holidays.py"},
}
ON_DEMAND = {"bot/configured.py": {"bot", "channels"}}
"""Rooms of ours that are loaded where they are configured: the keyless start stays below 80 MiB."""
MOST_LINES = 400
MOST_FUNCTION_LINES = 50
MOST_NESTING = 3
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith, ast.Match)

EXCEPTIONS: dict[str, str] = {}
"""`path` or `path:function` -> why the limit does not fit it."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def depth(node: ast.AST, is_else_if: bool = False) -> int:
    """Return how deep blocks nest below a node; `elif` counts as one level with its `if`."""
    own = 1 if isinstance(node, BLOCKS) and not is_else_if else 0
    deepest = 0
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for child in children:
            if not isinstance(child, ast.AST) or isinstance(child, ast.FunctionDef | ast.ClassDef):
                continue
            chained = field == "orelse" and isinstance(node, ast.If) and len(children) == 1
            deepest = max(deepest, depth(child, chained and isinstance(child, ast.If)))
    return own + deepest


def test_imports_point_in_one_direction() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in OURS
        for name in set(imports(tree_of(path))) & set(MAY_IMPORT)
        if name not in MAY_IMPORT[path.relative_to(ROOT).parts[0]]
    ]

    assert not wrong


def test_files_are_short() -> None:
    lengths = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in ALL}

    assert {
        name: n for name, n in lengths.items() if n > MOST_LINES and name not in EXCEPTIONS
    } == {}


def test_functions_are_short_and_flat() -> None:
    wrong = []
    for path in OURS:
        for function in functions(tree_of(path)):
            where = f"{name_of(path)}:{function.name}"
            lines = (function.end_lineno or 0) - function.lineno + 1
            if where not in EXCEPTIONS and (
                lines > MOST_FUNCTION_LINES or depth(function) > MOST_NESTING
            ):
                wrong.append(f"{where}: {lines} lines, {depth(function)} deep")

    assert not wrong


def test_a_provider_is_imported_only_in_its_own_file_and_only_when_used() -> None:
    wrong = []
    for path in OURS:
        tree = tree_of(path)
        statements = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        top = set(imports(ast.Module(list(statements), [])))
        inside = {name for function in functions(tree) for name in imports(function)}
        strangers = {name for name in inside & SDKS if name_of(path) not in SDK_FILES.get(name, ())}
        if top & SDKS or strangers or inside - SDKS - ON_DEMAND.get(name_of(path), set()):
            wrong.append(name_of(path))

    assert not wrong


def test_banned_words_are_not_used() -> None:
    wrong = [
        f"{name_of(path)}:{line} {what}"
        for path in OURS
        for line, what in banned(tree_of(path), path)
    ]

    assert not wrong


def banned(tree: ast.Module, path: Path) -> Iterator[tuple[int, str]]:
    """Yield what the style guide forbids, with its line."""
    for node in ast.walk(tree):
        match node:
            case ast.Global():
                yield node.lineno, "global"
            case ast.Call(func=ast.Name(id="hasattr")):
                yield node.lineno, "hasattr"
            case ast.Call(func=ast.Name(id="getattr"), args=[_, _, _]):
                yield node.lineno, "getattr with a default"
            case ast.ExceptHandler(type=None):
                yield node.lineno, "a bare except"
            case ast.ExceptHandler(type=ast.Name(id="Exception")):
                if name_of(path) != "bot/turns/manager.py":
                    yield node.lineno, "except Exception"
            case _:
                pass


def callers_of(name: str) -> set[str]:
    return {
        name_of(path)
        for path in OURS
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }


def test_only_redact_makes_redacted_text_and_only_a_few_derive_text_from_it() -> None:
    assert callers_of("Redacted") == {"bot/privacy/redact.py", "routing/request.py"}
    assert callers_of("derived") == {
        "routing/beside/advisor.py",
        "routing/beside/aside.py",
        "routing/intent/opinion.py",
        "routing/models/pieces.py",
        "routing/money/packing.py",
        "routing/execution/run.py",
    }


def test_pure_files_touch_nothing() -> None:
    pure = [path for path in OURS if name_of(path) in PURE]
    wrong = [
        name_of(path)
        for path in pure
        if set(imports(tree_of(path))) & IMPURE_MODULES or has_async(tree_of(path))
    ]

    assert {name_of(path) for path in pure} == PURE
    assert not wrong


def has_async(tree: ast.Module) -> bool:
    """Return whether something waits; what a protocol declares does not count."""
    return any(
        isinstance(node, ast.AsyncFunctionDef)
        for top in tree.body
        for node in ast.walk(top)
        if not (isinstance(top, ast.ClassDef) and is_protocol(top))
    )


def is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)


def test_there_is_no_import_cycle() -> None:
    graph: dict[str, set[str]] = {}
    for path in OURS:
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        graph[module] = {
            node.module
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ImportFrom) and node.module
        }
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, f"cycle: {' -> '.join((*trail, module))}"
        if module in done:
            return
        for other in graph.get(module, ()):
            if other in graph:
                visit(other, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_no_provider_sdk_is_loaded_by_importing_the_product() -> None:
    code = "import bot.app, sys; print(*[m for m in sys.modules if '.' not in m])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()

    assert not set(loaded) & (SDKS | {"spacy", "presidio_analyzer", "sklearn", "trafilatura"})


def test_no_index_address_stands_in_a_lock_file() -> None:
    for lock in ROOT.glob("*.lock"):
        assert "://" not in lock.read_text("utf-8"), lock.name
