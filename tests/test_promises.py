import ast
from pathlib import Path

from tests.promises import PROMISES

HERE = Path(__file__).parent


def test_every_promise_has_a_test() -> None:
    """Reads the marks from the source, so that it holds whatever part of the suite is run."""
    proven = {
        argument.value
        for path in HERE.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "promise"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }

    assert set(PROMISES) - proven == set()
