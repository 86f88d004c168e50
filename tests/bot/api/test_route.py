"""`POST /v1/route`: one routed call, with its reasons, as JSON and as events."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.api.routes import ApiTerms
from bot.turns.remembered import DECISION, TURN
from channels.limits import Rate
from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, Text
from routing.models.scripted import Pause
from routing.request import Usage
from tests.bot.api.front import QUESTION, Json, events_of, fronted
from tests.bot.stage import ANSWER, END, MODEL, says

pytestmark = pytest.mark.slow

EMAIL = "jane.doe@example.org"
BODY: Json = {"messages": [{"role": "user", "content": QUESTION}]}


async def test_an_answer_comes_with_its_decision_reasons_attempts_cost_and_sources(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        answer = await front.ask()

        assert answer["output"] == ANSWER
        assert answer["usage"] == {
            "input_tokens": 100,
            "cached_input_tokens": 0,
            "output_tokens": 20,
            "total_tokens": 120,
            "estimated": False,
        }
        routing = answer["routing"]
        assert routing["model"] == MODEL
        assert routing["decision"]["order"] == ["claude-haiku-4.5", "offline"]
        assert routing["reasons"] == routing["decision"]["reasons"] != []
        assert [each["failed"] for each in routing["attempts"]] == [None]
        assert (routing["costUsd"], routing["cacheHit"]) == (0.0002, False)
        assert [source["title"] for source in answer["citations"]] == ["When does my card arrive?"]
        assert len(answer["trace_id"]) == 32


async def test_personal_data_reaches_neither_model_nor_records_and_comes_back_to_the_caller(
    tmp_path: Path,
) -> None:
    script = (Text("We will write to "), Text("[EMAIL_1]"), Text(" soon."), END)
    async with fronted(tmp_path, [script]) as front:
        answer = await front.ask(f"Write to {EMAIL} please")
        _, said = await front.get(f"/v1/conversations/api-live-{answer['trace_id']}")
        kept = [one.json for kind in (DECISION, TURN) for one in await front.records(kind)]

        assert answer["output"] == f"We will write to {EMAIL} soon."
        assert front.model.requests[0].messages[-1].text == "Write to [EMAIL_1] please"
        assert [line["text"] for line in said["lines"]] == [
            "Write to [EMAIL_1] please",
            "We will write to [EMAIL_1] soon.",
        ]
        assert EMAIL not in "".join(kept)


async def test_the_system_prompt_and_every_earlier_message_are_redacted_too(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        await front.post("/v1/route", {"messages": [
            {"role": "system", "content": f"The customer is {EMAIL}."},
            {"role": "user", "content": f"I am {EMAIL}"},
            {"role": "assistant", "content": f"Hello {EMAIL}"},
            {"role": "user", "content": "Where is my card?"},
        ]})  # fmt: skip
        request = front.model.requests[0]

        assert EMAIL not in request.system + "".join(one.text for one in request.messages)
        assert "[EMAIL_1]" in request.system
        assert request.messages[0].text == "I am [EMAIL_1]"


async def test_a_stream_says_the_same_in_pieces_and_ends_with_the_whole_answer(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        events = events_of(await front.stream("/v1/route", {**BODY, "stream": True}))

        assert {name for name, _ in events[:-1]} == {"delta"}
        assert "".join(event["text"] for _, event in events[:-1]) == ANSWER
        name, done = events[-1]
        assert (name, done["output"]) == ("done", ANSWER)
        assert done["routing"]["costUsd"] == 0.0002


async def test_a_fallback_before_the_first_text_is_told_and_costs_nothing_of_the_answer(
    tmp_path: Path,
) -> None:
    scripts = [(ModelFailed(FailureKind.OVERLOADED, status=529),), says(ANSWER)]
    async with fronted(tmp_path, scripts) as front:
        events = events_of(await front.stream("/v1/route", {**BODY, "stream": True}))

        assert events[0] == ("fallback", {
            "from": MODEL, "to": MODEL, "kind": "overloaded", "mend": "unseen",
        })  # fmt: skip
        assert events[-1][1]["output"] == ANSWER


async def test_an_answer_that_breaks_and_cannot_go_on_is_retracted_and_begins_anew(
    tmp_path: Path,
) -> None:
    scripts = [(*says("The first half of")[:-1], ModelFailed(FailureKind.CUT))]
    async with fronted(tmp_path, scripts) as front:
        body = {**BODY, "stream": True, "fallback": {"maxRetries": 0}}
        events = events_of(await front.stream("/v1/route", body))
        names = [name for name, _ in events]
        at = names.index("retract")
        rest = "".join(event["text"] for name, event in events[at:] if name == "delta")

        assert "delta" in names[:at]
        assert events[-1][0] == "done"
        assert events[-1][1]["output"] == rest
        assert "first half" not in rest
        assert len(events[-1][1]["routing"]["attempts"]) == 2


async def test_camel_and_snake_case_override_the_rule_of_this_call_alone(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        bodies: tuple[Json, ...] = (
            {"goal": "cost", "budget": {"maxCostUsd": 0.02}, "fallback": {"maxRetries": 3}},
            {"goal": "cost", "budget": {"max_cost_usd": 0.02}, "fallback": {"max_retries": 3}},
        )
        for body in bodies:
            decision = (await front.ask(**body))["routing"]["decision"]
            assert (decision["goal"], decision["max_cost_usd"]) == ("cost", "0.02")
            assert decision["max_attempts"] == 4
        usual = (await front.ask())["routing"]["decision"]

        assert (usual["goal"], usual["max_cost_usd"]) == ("quality", "0.05")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"goal": "luck"}, "goal"),
        ({"budget": {"maxCostUsd": "much"}}, "budget.maxCostUsd"),
        ({"budget": {"maxCostUsd": True}}, "budget.maxCostUsd"),
        ({"fallback": {"models": ["gpt-9"]}}, "fallback.models[0]"),
        ({"fallback": {"max_retries": 1, "maxRetries": 1}}, "fallback.maxRetries"),
        ({"cache": {"similarity": 2}}, "cache.similarity"),
        ({"policy_id": "nowhere"}, "policyId"),
        ({"temprature": 1}, ""),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "Hi"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages[0].content"),
    ],
)
async def test_what_is_wrong_is_named_by_its_path(tmp_path: Path, more: Json, path: str) -> None:
    async with fronted(tmp_path) as front:
        status, error = await front.refused(**more)

        assert (status, error["type"], error["path"]) == (400, "invalid_request", path)
        assert front.model.requests == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[", b"\xff", b"null", b"[" * 100_000, b'{"a":1,"a":2}', b'{"stream":NaN}', b"1e9999"],
)
async def test_a_body_that_is_no_json_object_is_refused(tmp_path: Path, body: bytes) -> None:
    async with fronted(tmp_path) as front:
        status, answer, _ = await front.post("/v1/route", body)

        assert (status, answer["error"]["type"]) == (400, "invalid_request")


async def test_a_body_over_a_mebibyte_is_refused(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        status, answer, _ = await front.post("/v1/route", b" " * ((1 << 20) + 1))

        assert (status, answer["error"]["type"]) == (413, "too_large")


async def test_a_cap_that_no_model_fits_in_is_refused_with_what_was_needed_and_left(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        status, error = await front.refused(budget={"maxCostUsd": 0.0000001})

        assert (status, error["type"]) == (422, "router.budget_exceeded")
        assert float(error["needed_usd"]) > float(error["left_usd"]) == 0.0000001
        assert front.model.requests == []


async def test_who_names_the_offline_model_gets_its_answer_under_any_cap(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        answer = await front.ask(budget={"maxCostUsd": 0}, models=["offline"])

        assert answer["routing"]["model"] == "offline"
        assert answer["routing"]["costUsd"] == 0


async def test_without_any_key_of_a_vendor_the_help_centre_answers(tmp_path: Path) -> None:
    async with fronted(tmp_path, keyless=True) as front:
        answer = await front.ask()

        assert answer["routing"]["model"] == "offline"
        assert answer["output"].endswith("[1]")
        assert answer["citations"][0]["title"] == "When does my card arrive?"


async def test_when_every_model_fails_it_is_said_with_the_trace_of_the_attempts(
    tmp_path: Path,
) -> None:
    scripts = [(ModelFailed(FailureKind.SERVER, status=500),)]
    async with fronted(tmp_path, scripts) as front:
        status, error = await front.refused(knowledge=False)
        _, trace = await front.get(f"/v1/traces/{error['trace_id']}")

        assert (status, error["type"]) == (503, "router.no_candidate")
        assert [each["failed"] for each in trace["turn"]["attempts"]][:1] == ["server"]


async def test_models_that_are_silent_for_too_long_are_a_timeout(tmp_path: Path) -> None:
    scripts = [(ModelFailed(FailureKind.TIMEOUT_FIRST),)]
    async with fronted(tmp_path, scripts) as front:
        status, error = await front.refused(knowledge=False)

        assert (status, error["type"]) == (504, "router.timeout")


async def test_an_error_in_the_middle_of_a_stream_is_its_last_event(tmp_path: Path) -> None:
    scripts = [(*says("The first half of")[:-1], ModelFailed(FailureKind.CUT))]
    async with fronted(tmp_path, scripts) as front:
        body = {**BODY, "stream": True, "knowledge": False}
        name, error = events_of(await front.stream("/v1/route", body))[-1]

        assert (name, error["error"]["type"]) == ("error", "router.no_candidate")


async def test_a_caller_who_goes_away_stops_the_model_and_what_it_cost_is_booked(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path, [(Text("Your card "), Pause())]) as front:
        headers = {"Authorization": f"Bearer {front.live}"}
        body = {**BODY, "stream": True}
        async with front.http.post(front.url + "/v1/route", json=body, headers=headers) as answer:
            await answer.content.readuntil(b"\n\n")
            answer.close()
        turn = await front.until_recorded(TURN)

        assert turn["outcome"] == "stopped"
        assert [each["failed"] for each in turn["attempts"]] == ["cancelled"]
        assert float(turn["cost_usd"]) > 0
        assert front.model.open_streams == 0


async def test_a_caller_who_waits_for_json_and_goes_away_stops_the_model_too(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path, [(Pause(),)]) as front:
        headers = {"Authorization": f"Bearer {front.live}"}
        waiting = asyncio.ensure_future(
            front.http.post(front.url + "/v1/route", json=BODY, headers=headers)
        )
        async with asyncio.timeout(5):
            while not front.model.requests:  # noqa: ASYNC110 - a script has no event for it
                await asyncio.sleep(0.005)
        waiting.cancel()
        turn = await front.until_recorded(TURN)

        assert [each["failed"] for each in turn["attempts"]] == ["cancelled"]


async def test_a_rule_of_the_policy_can_be_asked_for(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        decision = (await front.ask("Hm.", policy_id="complaint"))["routing"]["decision"]

        assert decision["rule"] == "complaint"
        assert decision["guess"] == {
            "intent": "complaint", "confidence": 1.0, "layer": "given", "runners_up": [],
        }  # fmt: skip


async def test_too_many_calls_with_a_key_are_told_when_to_come_back(tmp_path: Path) -> None:
    terms = ApiTerms(rate=Rate(burst=1, per_s=0.1))
    async with fronted(tmp_path, terms=terms) as front:
        await front.ask()
        status, answer, headers = await front.post("/v1/route", BODY)
        other, _, _ = await front.post("/v1/route", BODY, front.test)

        assert (status, answer["error"]["type"]) == (429, "rate_limited")
        assert 9 <= int(headers["Retry-After"]) <= 10
        assert other == 200


async def test_every_answer_is_counted_by_operation_and_status(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        await front.ask()
        await front.refused(goal="luck")
        await front.refused("sk_live_nobody")

        assert front.answers == [("route", 200), ("route", 400), ("route", 401)]


async def test_an_answer_cut_at_its_length_is_not_called_complete(tmp_path: Path) -> None:
    scripts = [(Text("Your card"), Stopped(StopReason.LENGTH, Usage(10, 2)))]
    async with fronted(tmp_path, scripts) as front:
        answer = await front.ask(maxOutputTokens=2)

        assert (answer["finish_reason"], answer["is_complete"]) == ("length", False)
        assert json.loads((await front.records(TURN))[0].json)["outcome"] == "answered"


async def test_the_same_question_is_answered_from_the_cache_at_no_cost_but_never_for_a_test(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        cache = {"enabled": True}
        first, again = await front.ask(cache=cache), await front.ask(cache=cache)
        await front.ask(key=front.test, cache=cache)
        test = await front.ask(key=front.test, cache=cache)

        assert [one["routing"]["cacheHit"] for one in (first, again, test)] == [False, True, False]
        assert again["output"] == first["output"]
        assert again["citations"] == first["citations"]
        assert again["routing"]["costUsd"] == 0
        assert len(front.model.requests) == 1


async def test_without_the_callers_wish_the_policy_says_whether_answers_are_reused(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        await front.ask()
        again = await front.ask()

        assert not again["routing"]["cacheHit"]


async def test_operations_are_told_of_calls_as_of_turns_but_not_of_tests(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        await front.ask()
        await front.ask(key=front.test)
        text = front.services.metrics.text().decode()

        assert 'copilot_turns_total{model="claude-haiku-4.5",outcome="answered"} 1.0' in text
