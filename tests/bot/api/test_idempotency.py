"""`Idempotency-Key`: the same call under the same key is carried out once."""

import asyncio
from pathlib import Path

import pytest

from bot.api import repeats
from bot.api.errors import Conflict
from bot.api.repeats import KEPT_S, Given, Repeat, Repeats
from routing.errors import FailureKind, ModelFailed
from routing.models.scripted import Hold
from tests.bot.api.front import QUESTION, Json, fronted
from tests.bot.stage import ANSWER, says

pytestmark = pytest.mark.slow

BODY: Json = {"messages": [{"role": "user", "content": QUESTION}]}
GIVEN = Given(200, b"{}", {})


async def test_the_same_call_gets_the_same_answer_and_no_model_is_asked_again(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        _, first, _ = await front.post("/v1/route", BODY, Idempotency_Key="a1")
        _, again, headers = await front.post("/v1/route", BODY, Idempotency_Key="a1")

        assert again == first
        assert headers["Idempotency-Replayed"] == "true"
        assert len(front.model.requests) == 1


async def test_a_stream_is_repeated_byte_by_byte(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        headers = {"Authorization": f"Bearer {front.live}", "Idempotency-Key": "a1"}
        texts = []
        for _ in range(2):
            url, body = front.url + "/v1/route", {**BODY, "stream": True}
            async with front.http.post(url, json=body, headers=headers) as answer:
                texts.append(await answer.text())

        assert texts[0] == texts[1]
        assert len(front.model.requests) == 1


async def test_another_call_under_the_key_is_a_conflict_but_not_with_another_api_key(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        await front.post("/v1/route", BODY, Idempotency_Key="a1")
        other = {**BODY, "goal": "cost"}
        status, answer, _ = await front.post("/v1/route", other, Idempotency_Key="a1")
        free, _, _ = await front.post("/v1/route", other, front.test, Idempotency_Key="a1")

        assert (status, answer["error"]["type"]) == (409, "idempotency_conflict")
        assert free == 200


async def test_the_same_call_at_the_same_time_waits_for_the_first(tmp_path: Path) -> None:
    until = asyncio.Event()
    async with fronted(tmp_path, [(Hold(until), *says(ANSWER))]) as front:
        async with asyncio.TaskGroup() as group:
            posts = [
                group.create_task(front.post("/v1/route", BODY, Idempotency_Key="a1"))
                for _ in range(3)
            ]
            while not front.model.requests:  # noqa: ASYNC110 - a script has no event for it
                await asyncio.sleep(0.005)
            until.set()

        assert len({post.result()[1]["trace_id"] for post in posts}) == 1
        assert len(front.model.requests) == 1


async def test_a_call_that_failed_may_be_tried_again(tmp_path: Path) -> None:
    scripts = [(ModelFailed(FailureKind.SERVER),), (ModelFailed(FailureKind.SERVER),), says(ANSWER)]
    async with fronted(tmp_path, scripts) as front:
        body = {**BODY, "knowledge": False}
        first, _, _ = await front.post("/v1/route", body, Idempotency_Key="a1")
        again, _, _ = await front.post("/v1/route", body, Idempotency_Key="a1")

        assert (first, again) == (503, 200)


async def test_a_day_later_the_key_is_free() -> None:
    calls = Repeats()
    begun = await calls.begin("a", "one", 0.0)
    assert isinstance(begun, Repeat)
    calls.end("a", begun, GIVEN)

    assert await calls.begin("a", "one", KEPT_S - 1) == GIVEN
    assert isinstance(await calls.begin("a", "two", KEPT_S + 1), Repeat)


async def test_what_runs_too_long_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeats, "WAIT_S", 0.0)
    calls = Repeats()
    await calls.begin("a", "one", 0.0)

    with pytest.raises(Conflict, match="still runs"):
        await calls.begin("a", "one", 0.0)


async def test_the_oldest_answers_are_forgotten_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repeats, "MOST_BYTES", 25)
    calls = Repeats()
    for name in "abc":
        begun = await calls.begin(name, "one", 0.0)
        assert isinstance(begun, Repeat)
        calls.end(name, begun, Given(200, b"0123456789", {}))

    assert isinstance(await calls.begin("a", "one", 0.0), Repeat)
    assert isinstance(await calls.begin("c", "one", 0.0), Given)
