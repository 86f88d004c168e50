"""How `POST /v1/agent/runs` answers. Pure."""

from bot.api.cleaning import Cleaning
from bot.api.route_wire import attempt_fields, decision_fields
from bot.privacy.redact import fixed
from routing.agent.progress import AgentFinished, Ending
from routing.agent.step import Step
from routing.decision import Decision
from routing.request import Redacted

Fields = dict[str, object]
NO_TEXT = fixed("")
ANSWERED = frozenset({Ending.DONE, Ending.MAX_STEPS, Ending.BUDGET})
"""Endings whose last text is for the caller; elsewhere it is what was said on the way."""


def final_text(report: AgentFinished) -> Redacted:
    """Return what a run has come to say; empty when it has not."""
    last = report.steps[-1] if report.steps else None
    is_answer = last is not None and report.ending in ANSWERED and not last.calls
    return last.text if last is not None and is_answer else NO_TEXT


def run_fields(
    run_id: str, trace_id: str, report: AgentFinished, decision: Decision, cleaning: Cleaning
) -> Fields:
    """Return a run as it is written in JSON, with the caller's own values in it."""
    return {
        "run_id": run_id,
        "status": report.ending.value,
        "why": report.why,
        "output": cleaning.revealed(final_text(report)),
        "steps": [step_fields(step, cleaning) for step in report.steps],
        "pending": [
            {
                "key": one.key,
                "name": one.call.name,
                "arguments": cleaning.revealed_arguments(one.call.arguments),
                "effect": one.effect.value,
            }
            for one in report.pending
        ],
        "routing": {
            "decision": decision_fields(decision),
            "reasons": list(decision.reasons),
            "costUsd": float(report.cost_usd),
        },
        "trace_id": trace_id,
    }


def step_fields(step: Step, cleaning: Cleaning) -> Fields:
    """Return one step of a run."""
    results = {result.call_id: result for result in step.results}
    calls: list[Fields] = []
    for call in step.calls:
        result = results.get(call.id)
        calls.append(
            {
                "name": call.name,
                "arguments": cleaning.revealed_arguments(call.arguments),
                "result": None if result is None else cleaning.revealed(result.text),
                "is_error": result is not None and result.is_error,
            }
        )
    return {
        "number": step.number,
        "model": step.model,
        "text": cleaning.revealed(step.text),
        "calls": calls,
        "attempts": [attempt_fields(attempt) for attempt in step.attempts],
        "cost_usd": f"{step.cost_usd:f}",
    }
