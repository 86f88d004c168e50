"""What Slack, or a proxy before it, may answer, over a real socket and the real SDK."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from channels.slack.errors import SlackBusy, SlackFailed, SlackRefused, SlackUnreachable
from channels.slack.single_call import SingleCall, answer_to
from tests.emulators.slack import slack_running


@asynccontextmanager
async def answering(response: web.Response) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return response

    application = web.Application()
    application.router.add_post("/api/auth.test", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}/api/"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "content_type", "text"),
    [
        (500, "text/html", "<html>Oops</html>"),
        (200, "text/html", "<html>Log in to the proxy</html>"),
        (200, "text/plain", "ok"),
        (200, "application/json", "{not json"),
        (200, "application/json", "[1]"),
        (200, "application/json", '"ok"'),
        (200, "application/json", '{"ok": false}'),
        (200, "application/json", '{"ok": false, "error": 7}'),
        (503, "application/json", '{"ok": false, "error": "service_unavailable"}'),
    ],
)
async def test_what_is_no_answer_of_slack_counts_as_none(
    status: int, content_type: str, text: str
) -> None:
    response = web.Response(status=status, content_type=content_type, text=text)
    async with answering(response) as url:
        with pytest.raises(SlackUnreachable):
            await answer_to(SingleCall("auth.test", token="xoxb-1", base_url=url))


@pytest.mark.parametrize(("told", "wait_s"), [("7", 7.0), ("", 30.0), ("soon", 30.0)])
async def test_too_often_says_when_to_come_again(told: str, wait_s: float) -> None:
    body = {"ok": False, "error": "ratelimited"}
    response = web.json_response(body, status=429, headers={"Retry-After": told})
    async with answering(response) as url:
        with pytest.raises(SlackBusy) as caught:
            await answer_to(SingleCall("auth.test", token="xoxb-1", base_url=url))
        assert caught.value.retry_after_s == wait_s


async def test_an_error_holds_neither_token_nor_answer() -> None:
    async with slack_running() as slack:
        call = SingleCall("auth.test", token="xoxb-secret", base_url=f"{slack.url}/api/")
        with pytest.raises(SlackFailed) as caught:
            await answer_to(call)

        assert isinstance(caught.value, SlackRefused)
        assert str(caught.value) == "auth.test: invalid_auth"
        assert caught.value.__suppress_context__
        assert "xoxb-secret" not in repr(call)


async def test_a_proxy_of_the_environment_is_not_asked_for_what_is_local(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with slack_running() as slack:
        token = slack.team("T1").bot_token
        call = SingleCall("auth.test", token=token, base_url=f"{slack.url}/api/")

        assert (await answer_to(call))["team_id"] == "T1"
