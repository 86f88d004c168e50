"""`copilot policy`: check, explain, diff."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.__main__ import copilot
from tests.routing.policy.test_policy import EXAMPLE

NO_KEYS = {"ANTHROPIC_API_KEY": None, "OPENAI_API_KEY": None, "COPILOT_POLICY": None}


def run(*arguments: str | Path, env: dict[str, str] | None = None) -> Result:
    words = ["policy", *map(str, arguments)]
    return CliRunner().invoke(copilot, words, env={**NO_KEYS, **(env or {})})


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(EXAMPLE, "utf-8")
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    path.write_text("tenant: a\nversion: 1\ndefault: {goal: cheap, models: [gpt-55]}\n", "utf-8")
    return path


def test_check_shows_chain_and_cost_of_each_intent(policy: Path) -> None:
    shown = run("check", policy)

    assert shown.exit_code == 0
    assert "is valid: tenant aurelis, version 2026-11-24" in shown.output
    (row,) = (line for line in shown.output.splitlines() if "kyc-escalation │" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "kyc-escalation",
        "gpt-5.5-instant > claude-opus-4.7 > offline",
        "$0.0135",
        "$0.03925",
        "$0.05",
    ]


def test_check_warns_of_what_can_never_happen(policy: Path) -> None:
    shown = run("check", policy).output

    assert "warning: kyc-escalation: gpt-5.5-pro can never run under the cap of $0.05" in shown
    assert "warning: billing-faq: this advisor can never run under this cap" in shown


def test_check_prices_another_ticket(policy: Path) -> None:
    shown = run("check", policy, "--input-tokens", "300", "--output-tokens", "100", "--json")
    rules = {rule["rule"]: rule for rule in json.loads(shown.output)["rules"]}

    assert rules["billing-faq"]["order"] == ["claude-haiku-4.5", "offline"]
    assert rules["billing-faq"]["expected_usd"] == "0.0008"


def test_check_names_every_problem_in_a_line_of_its_own(broken: Path) -> None:
    shown = run("check", broken)

    assert shown.exit_code == 1
    assert shown.output.splitlines() == [
        f"{broken}:3: default.goal: 'cheap', expected one of cost, stability, quality",
        f"{broken}:3: default.models[0]: 'gpt-55', expected a model of the price book, "
        "did you mean 'gpt-5.5'?",
    ]


def test_check_gives_json(policy: Path, broken: Path) -> None:
    good, bad = run("check", policy, "--json"), run("check", broken, "--json")

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert json.loads(good.output)["is_valid"] is True
    assert len(json.loads(good.output)["digest"]) == 64
    assert json.loads(bad.output)["is_valid"] is False
    assert json.loads(bad.output)["problems"][0] == {
        "file": str(broken),
        "line": 3,
        "path": "default.goal",
        "message": "'cheap', expected one of cost, stability, quality",
    }


def test_check_shows_intents_that_go_to_a_human(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        "tenant: a\nversion: 1\nintents:\n  scam: {examples: [I was scammed], handoff: true}\n"
    )
    rows = [line.split("│") for line in run("check", path).output.splitlines() if "scam" in line]

    assert [cell.strip() for cell in rows[0][1:-1]] == ["scam", "a human", "-", "-", "-"]


def test_a_file_that_does_not_exist_is_bad_use(tmp_path: Path) -> None:
    shown = run("check", tmp_path / "none.yaml")

    assert shown.exit_code == 2
    assert "does not exist" in shown.output


def test_explain_shows_the_decision_and_its_reasons(policy: Path) -> None:
    shown = run("explain", "Why was I charged twice?", "--policy", policy)

    assert shown.exit_code == 0
    assert "rule billing-faq: goal stability, strategy balanced; cap $0.001" in shown.output
    assert "- billing-faq by linear, with a confidence of" in shown.output
    assert "- gpt-5.5-instant is left out: even a short answer could cost" in shown.output


def test_explain_shows_its_table_on_a_terminal_as_wide_as_that_is(policy: Path) -> None:
    terminal = {"FORCE_COLOR": "1", "COLUMNS": "70"}
    shown = run("explain", "Why was I charged twice?", "--policy", policy, env=terminal)
    rows = [line for line in shown.output.splitlines() if line.startswith("│")]

    assert rows
    assert all(len(row) <= 70 for row in rows)


def test_explain_says_which_models_are_too_slow_for_the_telephone(policy: Path) -> None:
    words = ("explain", "You locked my account until I prove who I am", "--policy", policy)
    written, spoken = run(*words), run(*words, "--channel", "voice")

    assert "0.75 s are allowed" in " ".join(spoken.output.split())
    assert "0.75 s are allowed" not in written.output


def test_explain_redacts_the_text_first(policy: Path) -> None:
    shown = run("explain", "Write to jane@example.com please", "--policy", policy, "--json")
    answer = json.loads(shown.output)

    assert answer["text"] == "Write to [EMAIL_1] please"
    assert "jane" not in shown.output


def test_explain_gives_the_decision_as_json(policy: Path) -> None:
    shown = run("explain", "Why was I charged twice?", "--policy", policy, "--json")
    decision = json.loads(shown.output)["decision"]

    assert decision["rule"] == "billing-faq"
    assert decision["order"][-1] == "offline"
    assert decision["max_cost_usd"] == "0.001"
    assert [one["model"] for one in decision["candidates"]] == [
        "claude-haiku-4.5",
        "gpt-5.5-instant",
        "offline",
    ]


def test_explain_is_the_same_twice(policy: Path) -> None:
    arguments = ("explain", "My card is gone", "--policy", policy, "--json")

    assert run(*arguments).output == run(*arguments).output


def test_explain_counts_only_models_with_keys_when_asked_to(policy: Path) -> None:
    arguments = ("explain", "You locked my account", "--policy", policy, "--configured")
    none = run(*arguments).output
    openai = run(*arguments, env={"OPENAI_API_KEY": "sk-test"}).output
    both = run(*arguments, env={"OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY": "y"}).output

    assert none.count("no key is set for it") > 0
    assert "- offline alone: no other model is possible" in none
    assert "claude-opus-4.7 is left out: not configured" in openai
    assert "gpt-5.5-instant first" in openai
    assert "no key is set for it" not in both
    assert "sk-test" not in openai


def test_explain_takes_the_policy_from_the_environment_or_the_demo(policy: Path) -> None:
    from_environment = run("explain", "hello", "--json", env={"COPILOT_POLICY": str(policy)})
    from_demo = run("explain", "I lost my card", "--json")

    assert json.loads(from_environment.output)["decision"]["policy_version"] == "2026-11-24"
    assert json.loads(from_demo.output)["decision"]["rule"] == "card-lost-or-stolen"


def test_explain_refuses_a_broken_policy_in_words(broken: Path) -> None:
    shown = run("explain", "hello", "--policy", broken)

    assert shown.exit_code == 1
    assert shown.output.startswith(f"Error: {broken}:3: default.goal: 'cheap', expected one of")


def test_diff_shows_what_changes_per_intent(policy: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(
        EXAMPLE.replace("similarity: 0.94", "similarity: 0.9").replace("  kyc", "  id")
    )
    shown = run("diff", policy, other)
    changes = json.loads(run("diff", policy, other, "--json").output)["changes"]

    assert shown.exit_code == 0
    assert "cache.similarity" in shown.output
    assert "the intent" in shown.output
    assert changes == [
        {"rule": "billing-faq", "field": "cache.similarity", "before": "0.94", "after": "0.9"},
        {"rule": "kyc-escalation", "field": "", "before": "present", "after": "(none)"},
        {"rule": "id-escalation", "field": "", "before": "(none)", "after": "present"},
    ]


def test_diff_of_equal_policies_says_so(policy: Path) -> None:
    assert run("diff", policy, policy).output == "no change\n"
    assert json.loads(run("diff", policy, policy, "--json").output) == {"changes": []}


SERVER = """\
models:
  mine:
    base_url: http://127.0.0.1:8000/v1
    vendor_id: m
    context_tokens: 32000
    max_output_tokens: 2000
    rates: {input: 0, output: 0}
"""


def test_check_says_what_advice_costs_and_whether_it_can_run(policy: Path, tmp_path: Path) -> None:
    rich = tmp_path / "rich.yaml"
    rich.write_text(EXAMPLE.replace("max_cost_usd: 0.001}", "max_cost_usd: 0.05}"), "utf-8")
    never = "advice: billing-faq: claude-opus-4.7, asked beside the turn, costs $0.0053 to $0.01375"
    answer = json.loads(run("check", rich, "--json").output)

    assert never in run("check", policy).output
    assert "the answer leaves $0.001 of the cap: it can never run" in run("check", policy).output
    assert "the answer leaves $0.0461 of the cap: it can run" in run("check", rich).output
    assert answer["rules"][1]["counsel"]["left_usd"] == "0.0461"


def test_check_names_an_advisor_that_the_vendor_refuses(tmp_path: Path) -> None:
    path = tmp_path / "native.yaml"
    path.write_text(EXAMPLE.replace("below: 0.85}", "below: 0.85, native: true}"), "utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(path.read_text("utf-8").replace("model: claude-opus-4.7", "model: gpt-5.5"))

    assert run("check", path).exit_code == 0
    assert run("check", wrong).output.startswith(
        f"{wrong}:17: intents.billing-faq.advisor.native: native with 'gpt-5.5', expected models"
    )


def test_check_knows_models_by_configuration_alone(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"tenant: a\nversion: 1\n{SERVER}default: {{models: [mine]}}\n", "utf-8")
    (row,) = (line for line in run("check", path).output.splitlines() if "default │" in line)

    assert [cell.strip() for cell in row.split("│")[2:4]] == ["mine > offline", "$0"]
    assert "mine first" in run("explain", "hello", "--policy", path, "--configured").output


def test_explain_shows_layers_and_the_arithmetic_of_the_cap(policy: Path) -> None:
    arguments = ("explain", "Why was I charged twice?", "--policy", policy)
    shown, answer = run(*arguments).output, json.loads(run(*arguments, "--json").output)

    assert "- rules: no keyword of any intent\n- linear: billing-faq, confidence" in shown
    assert "- model: would not be asked; the border is a confidence of 0.55" in shown
    assert "- cap $0.001 - spent $0 = $0.001 left" in shown
    assert "out x $5) / million = $0.002" in shown
    assert answer["layers"][0] == "rules: no keyword of any intent"
    assert len(answer["sums"]) == 3


def test_explain_says_when_a_small_model_would_be_asked_or_a_keyword_decides() -> None:
    unsure = run("explain", "hm, the thing with the stuff is odd").output
    number = run("explain", "42").output
    keyword = run("explain", "I lost my card").output

    assert "- model: would be asked; the border is a confidence of 0.55" in unsure
    assert "- linear: no intent is near enough, confidence 0.00; besides it nothing" in number
    assert "- rules: a keyword of card-lost-or-stolen; no other layer is asked" in keyword


def test_explain_shows_what_the_turn_before_and_its_needs_change(policy: Path) -> None:
    arguments = ("explain", "I lost my card", "--policy", policy, "--json")
    json_only = json.loads(run(*arguments, "--needs", "tools").output)["decision"]
    demo = run(
        "explain", "There is a wrong payment on my statement", "--previous", "gpt-5.5-instant"
    )

    assert json_only["basis"]["needs"] == ["tools"]
    assert "gpt-5.5-instant" in demo.output
    assert "turn before" in demo.output or "after gpt-5.5-instant" in demo.output
