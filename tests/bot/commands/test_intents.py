import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.commands.intents import command
from tests.routing.intent.bank import LABELLED, UNSEEN

STRANGERS = ("play some jazz", "which planet has the most moons", "bake bread without yeast")
POLICY = """
tenant: aurelis
version: 1
default: {goal: cost}
intents:
  card-lost:
    examples: ["I lost my card", "my card was stolen", "block my card, I cannot find it"]
    keywords: ["lost card"]
  statement:
    examples: ["where is my statement", "download a statement", "I need a bank statement"]
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def write(path: Path, pairs: list[tuple[str, str]], text: str = "text", label: str = "x") -> Path:
    path.write_text("".join(json.dumps({text: said, label: of}) + "\n" for said, of in pairs))
    return path


@pytest.fixture
def known(tmp_path: Path) -> Path:
    return write(tmp_path / "known.jsonl", list(LABELLED), label="intent")


@pytest.fixture
def unseen(tmp_path: Path) -> Path:
    pairs = [(text, intent) for intent, texts in UNSEEN.items() for text in texts]
    return write(
        tmp_path / "unseen.jsonl", pairs + [(text, "oos") for text in STRANGERS], label="intent"
    )


def test_a_trained_model_is_measured_as_its_training_file_is(
    tmp_path: Path, known: Path, unseen: Path
) -> None:
    model = tmp_path / "model.npz"
    trained = run("train", known, "--out", model, "--json")
    by_model = run("eval", unseen, "--model", model, "--oos", "oos", "--json")
    by_file = run("eval", unseen, "--train", known, "--oos", "oos", "--json")

    assert (trained.exit_code, by_model.exit_code, by_file.exit_code) == (0, 0, 0)
    assert json.loads(trained.output)["intents"] == 5
    first, second = json.loads(by_model.output), json.loads(by_file.output)
    assert first | {"classify_p50_ms": 0} == second | {"classify_p50_ms": 0}
    assert (first["messages"], first["out_of_scope_messages"]) == (13, 3)
    assert first["accuracy"] == 1
    assert first["out_of_scope_recall"] == 1


def test_the_report_is_a_table_for_people(known: Path, unseen: Path) -> None:
    shown = run("eval", unseen, "--train", known)

    assert "accuracy                " in shown.output
    assert "out-of-scope recall     -" in shown.output


def test_eval_says_which_share_of_the_messages_a_model_would_be_asked_about(
    tmp_path: Path, known: Path
) -> None:
    pairs = [("I lost my card", "card-lost"), ("4711", "oos"), ("who painted that", "oos")]
    file = write(tmp_path / "a.jsonl", pairs, label="intent")
    shown, as_json = (run("eval", file, "--train", known, "--oos", "oos", *more)
                      for more in ((), ("--json",)))  # fmt: skip

    assert "asked of a model        0.333" in shown.output
    assert json.loads(as_json.output)["asked_share"] == pytest.approx(1 / 3)


def test_training_says_what_it_stored(tmp_path: Path, known: Path) -> None:
    shown = run("train", known, "--out", tmp_path / "model.npz")

    assert "5 intents from 60 messages" in shown.output


def test_a_policy_is_measured_with_its_keywords(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    pairs = [("a lost card it is", "card-lost"), ("download the statement", "statement")]
    shown = run("eval", write(tmp_path / "a.jsonl", pairs, label="intent"), "--policy", policy,
                "--json")  # fmt: skip

    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)["accuracy"] == 1


def test_without_a_source_the_demo_is_measured(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [("zxqv plmok", "default")], label="intent")
    shown = run("eval", file, "--json")

    assert json.loads(shown.output)["out_of_scope_recall"] == 1
    assert json.loads(shown.output)["accuracy"] is None


def test_the_fields_may_have_other_names(tmp_path: Path, known: Path) -> None:
    file = write(tmp_path / "a.jsonl", [("I lost my card", "card-lost")], "said", "about")
    shown = run("eval", file, "--train", known, "--text-field", "said", "--label-field", "about")

    assert shown.exit_code == 2
    assert "known.jsonl:1: no text, expected a field 'said'" in shown.output


@pytest.mark.parametrize(("least", "code"), [("0.5", 0), ("1", 1)])
def test_too_little_accuracy_is_a_failed_check(
    tmp_path: Path, known: Path, least: str, code: int
) -> None:
    pairs = [("I lost my card", "card-lost"), ("I lost my card", "statement")]
    file = write(tmp_path / "a.jsonl", pairs, label="intent")

    assert run("eval", file, "--train", known, "--min-accuracy", least).exit_code == code


def test_nothing_in_scope_fails_a_check_of_accuracy(tmp_path: Path, known: Path) -> None:
    file = write(tmp_path / "a.jsonl", [("hi", "default")], label="intent")

    assert run("eval", file, "--train", known, "--min-accuracy", "0").exit_code == 1


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no message"),
        (b'{"text": "hi", "intent": "a"}\nhello\n', "bad.jsonl:2: not JSON"),
        (b'{"text": "hi"}\n', "bad.jsonl:1: no label"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_bad_use(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(content)
    shown = run("eval", file)

    assert shown.exit_code == 2
    assert problem in shown.output
    assert shown.output.count("\n") == 1


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    shown = run("eval", tmp_path / "gone.jsonl")

    assert shown.exit_code == 2
    assert "gone.jsonl' is not a file" in shown.output
    assert shown.output.count("\n") == 1


def test_what_cannot_be_measured_or_stored_is_refused(tmp_path: Path, known: Path) -> None:
    nothing = write(tmp_path / "nothing.jsonl", [("?!", "a")], label="intent")
    for arguments, problem in (
        (("eval", known, "--model", known), "is not a model"),
        (("eval", known, "--model", known, "--train", known), "expected one of them"),
        (("eval", known, "--policy", known), "known.jsonl:"),
        (("train", nothing, "--out", tmp_path / "m.npz"), "has a word in it"),
        (("train", known, "--out", tmp_path / "no" / "m.npz"), "is not a folder"),
    ):
        shown = run(*arguments)

        assert shown.exit_code == 2, arguments
        assert problem in shown.output


def test_personal_data_of_the_training_file_is_redacted_before_it_is_learned(
    tmp_path: Path,
) -> None:
    pairs = [(f"mail it to {name}@example.com", "a") for name in ("ada", "bob", "cyd")]
    pairs += [("block my card", "b"), ("stop my card", "b"), ("freeze my card", "b")]
    known = write(tmp_path / "known.jsonl", pairs, label="intent")
    asked = write(tmp_path / "asked.jsonl", [("zoe@example.org please mail it", "a")],
                  label="intent")  # fmt: skip

    assert json.loads(run("eval", asked, "--train", known, "--json").output)["accuracy"] == 1


@pytest.mark.parametrize("name", ["train", "eval"])
def test_the_help_has_an_example(name: str) -> None:
    assert f"Example: copilot intents {name}" in run(name, "--help").output
