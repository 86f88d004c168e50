"""Files through the Web API, and answers that are none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.stores.cabinet import MemorySlots
from channels.slack.answers import is_slacks, retry_after_s
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Installation, Upload
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.tokens import Tokens
from tests.channels.slack.api_stage import TEAM, Installed, Stage, Turned, post, staged, texts
from tests.emulators.slack import Fault


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


async def test_a_file_is_shared_and_can_be_fetched(stage: Stage) -> None:
    thread = (await post(stage.api))["ts"]

    await stage.api.upload(TEAM, "C1", thread, Upload("terms.pdf", "Terms", b"%PDF-1"))
    shared = stage.server.messages("T1", "C1", thread)[-1]
    assert [(file.name, file.title) for file in shared.files] == [("terms.pdf", "Terms")]
    url = f"{stage.server.url}/files-pri/T1-{shared.files[0].id}/terms.pdf"
    assert await stage.api.download(TEAM, url, 100) == b"%PDF-1"
    assert [call.token for call in stage.server.called("upload")] == [""]


@pytest.mark.parametrize("kind", ["server_error", "lost", "refused", "rate"])
async def test_a_file_whose_bytes_did_not_arrive_is_not_shared(stage: Stage, kind: str) -> None:
    stage.server.faults.add(Fault("upload", kind))

    with pytest.raises(SlackUnreachable) as unreachable:
        await stage.api.upload(TEAM, "C1", "", Upload("a.txt", "a", b"a"))
    assert not unreachable.value.is_unknown
    assert texts(stage) == []


async def test_a_file_is_fetched_from_slack_alone_and_only_when_it_is_small(stage: Stage) -> None:
    await stage.api.upload(TEAM, "C1", "", Upload("a.txt", "a", b"a" * 101))
    file = stage.server.messages("T1", "C1")[0].files[0]
    url = f"{stage.server.url}/files-pri/T1-{file.id}/a.txt"

    async def refused(url: str) -> str:
        with pytest.raises(SlackRefused) as found:
            await stage.api.download(TEAM, url, 100)
        return found.value.error

    assert await refused(url) == "file_too_large"
    assert await refused("https://evil.example/a.txt") == "foreign_url"
    assert await refused(url.replace("T1-", "T2-")) == "no_access"
    stage.server.faults.add(Fault("download", "rate", retry_after_s=7))
    with pytest.raises(SlackBusy):
        await stage.api.download(TEAM, url, 1_000)
    stage.time.passed_s += 7
    stage.server.faults.add(Fault("download", "lost", times=0))
    with pytest.raises(SlackUnreachable):
        await stage.api.download(TEAM, url, 1_000)


@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://slack.com/x", True),
        ("http://files.slack.com/x", False),
        ("https://files.slack.com:8443/x", False),
        ("https://files.slack.com@evil.example/x", False),
        ("https://somebody@files.slack.com/x", False),
        ("https://evil.example\\@files.slack.com/x", False),
        ("https://notslack.com/x", False),
        ("https://files.slack.com.evil.example/x", False),
        ("https://[::1/x", False),
        ("https://x:port.slack.com/", False),
        ("file:///etc/passwd", False),
        ("https://files.slack.com/\nx", False),
    ],
)
def test_a_token_goes_to_no_foreign_host(url: str, is_ours: bool) -> None:
    assert is_slacks(url, "https://slack.com/api/") == is_ours


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7), ("", 30), ("soon", 30), ("-1", 30), ("0", 1), ("9" * 9, 3600)]
)
def test_a_retry_after_is_kept_within_reason(header: str, wait_s: float) -> None:
    assert retry_after_s(header) == wait_s


Respond = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def odd_slack(response: web.Response) -> AsyncIterator[tuple[SlackApi, str]]:
    """Answer everything like this."""

    async def respond(request: web.Request) -> web.Response:
        return response

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", respond)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    time = Turned()
    slots = MemorySlots(time.now)
    tokens = Tokens(Installed(Installation(TEAM, bot_token="xoxb-1")), slots, time.unix)
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    api = SlackApi(tokens, slots, ApiTerms(f"{url}/api/"))
    try:
        yield api, url
    finally:
        await api.close()
        await runner.cleanup()


@pytest.mark.parametrize(
    ("status", "body", "kind", "is_unknown"),
    [
        (200, "ok", "text/plain", True),
        (200, "", "text/plain", True),
        (200, "<html>sign in</html>", "text/html", True),
        (200, "{", "application/json", True),
        (200, "[1]", "application/json", True),
        (200, "null", "application/json", True),
        (200, '{"ok": false}', "application/json", True),
        (200, '{"ok": false, "error": "fatal_error"}', "application/json", True),
        (502, "bad gateway", "text/plain", True),
        (503, "<html></html>", "text/html", True),
        (500, "{", "application/json", True),
        (403, "<html>proxy</html>", "text/html", False),
        (404, "{", "application/json", False),
    ],
)
async def test_an_answer_that_is_none_is_an_error_of_ours(
    status: int, body: str, kind: str, is_unknown: bool
) -> None:
    async with odd_slack(web.Response(status=status, text=body, content_type=kind)) as (api, _):
        with pytest.raises(SlackUnreachable) as unreachable:
            await post(api)

    assert unreachable.value.is_unknown == is_unknown


@pytest.mark.parametrize("kind", ["application/json", "application/gzip"])
async def test_bytes_that_are_no_text_are_an_error_of_ours(kind: str) -> None:
    async with odd_slack(web.Response(status=500, body=b"\xff\xfe{", content_type=kind)) as (
        api,
        _,
    ):
        with pytest.raises(SlackUnreachable):
            await post(api)


async def test_a_429_without_a_number_or_without_a_body_is_a_429() -> None:
    async with odd_slack(web.Response(status=429, text="slow down")) as (api, _):
        with pytest.raises(SlackBusy) as busy:
            await post(api)

    assert busy.value.retry_after_s == 30


async def test_a_file_is_not_looked_for_where_slack_sends_us() -> None:
    elsewhere = web.Response(status=302, headers={"Location": "/elsewhere"})
    async with odd_slack(elsewhere) as (api, url):
        with pytest.raises(SlackRefused) as refused:
            await api.download(TEAM, f"{url}/files-pri/T1-F1/a.png", 100)

    assert refused.value.error == "no_access"
