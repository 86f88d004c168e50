import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels.widget_files import HOME, Look, frame_policy, read_widget, widget_routes

SITES = {"pk_demo": ("https://www.example.com", "https://*.example.org:8443")}


@asynccontextmanager
async def serving(
    look: Look | None = None,
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = web.Application()
    app.add_routes(widget_routes(SITES, (lambda _: look) if look else None))
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


async def test_the_demo_page_embeds_the_widget_with_one_line() -> None:
    async with serving() as client:
        answer = await client.get("/", headers={"Accept-Encoding": "identity"})
        page = await answer.text()

        assert '<script async src="/widget.js" data-key="pk_demo"></script>' in page
        assert "{{" not in page
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_no_page_holds_inline_script_or_style() -> None:
    for name in ("page.html", "frame.html"):
        page = (HOME / name).read_text("utf-8")

        assert not re.search(r"<style|\sstyle=|\son\w+=", page)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_no_script_writes_html_or_runs_text() -> None:
    banned = re.compile(
        r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|srcdoc)\b"
    )
    for path in HOME.rglob("*.js"):
        assert not banned.search(path.read_text("utf-8")), path.name


def test_a_script_is_short() -> None:
    for path in [*HOME.rglob("*.js"), *HOME.rglob("*.html")]:
        assert len(path.read_text("utf-8").splitlines()) <= 400, path.name


async def test_the_frame_lets_in_the_origins_of_its_site() -> None:
    async with serving() as client:
        answer = await client.get("/widget/frame.html?key=pk_demo")
        policy = answer.headers["Content-Security-Policy"]

        assert policy.endswith(
            "frame-ancestors 'self' https://www.example.com https://*.example.org:8443"
        )
        assert "script-src 'self'; style-src 'self'; connect-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-cache"


async def test_an_unknown_site_key_has_no_frame() -> None:
    async with serving() as client:
        assert (await client.get("/widget/frame.html?key=pk_other")).status == 404
        assert (await client.get("/widget/frame.html")).status == 404


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example; script-src *",
        "https://a.example/path",
        "*",
        "javascript:x",
        "'self'",
        "",
    ],
)
def test_what_is_no_origin_does_not_get_into_the_policy(origin: str) -> None:
    assert frame_policy([origin]).endswith("frame-ancestors 'self'")


async def test_a_versioned_address_is_cached_for_ever_and_another_one_is_not() -> None:
    version = read_widget().version
    async with serving() as client:
        current = await client.get(f"/widget/{version}/app.js")
        old = await client.get("/widget/v-000000000000/app.js")
        bare = await client.get("/widget/app.js")

        assert current.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert old.headers["Cache-Control"] == bare.headers["Cache-Control"] == "no-cache"
        assert await current.read() == await old.read() == await bare.read()


async def test_a_file_that_is_known_is_not_sent_again() -> None:
    async with serving() as client:
        first = await client.get("/widget.js")
        again = await client.get("/widget.js", headers={"If-None-Match": first.headers["ETag"]})
        other = await client.get("/widget.js", headers={"If-None-Match": '"other"'})

        assert (first.status, again.status, other.status) == (200, 304, 200)
        assert await again.read() == b""
        assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/widget.js", "text/javascript"),
        ("/widget/frame.css", "text/css"),
        ("/widget/texts/ar.js", "text/javascript"),
        ("/widget/frame.html?key=pk_demo", "text/html"),
        ("/", "text/html"),
    ],
)
async def test_every_file_has_its_type_and_may_not_be_sniffed(path: str, content_type: str) -> None:
    async with serving() as client:
        answer = await client.get(path)

        assert answer.content_type == content_type
        assert answer.charset == "utf-8"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Vary"] == "Accept-Encoding"


async def test_who_takes_gzip_gets_it() -> None:
    async with serving() as client:
        zipped = await client.get("/widget.js", headers={"Accept-Encoding": "gzip, br"})
        plain = await client.get("/widget.js", headers={"Accept-Encoding": "identity"})

        assert zipped.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert gzip.decompress(await zipped.read()) == await plain.read()


@pytest.mark.parametrize(
    "path",
    [
        "/widget/../widget_files.py",
        "/widget/%2e%2e/base.py",
        "/widget/nothing.js",
        "/widget/page.html",
    ],
)
async def test_nothing_else_is_served(path: str) -> None:
    async with serving() as client:
        assert (await client.get(path)).status == 404


async def test_the_look_of_a_tenant_is_escaped() -> None:
    look = Look('<b>"Aurelis" & Sons</b>', "Hi'", ("Why?",))
    async with serving(look) as client:
        answer = await client.get(
            "/widget/frame.html?key=pk_demo", headers={"Accept-Encoding": "identity"}
        )
        page = await answer.text()

        assert "<b>" not in page
        assert "&lt;b&gt;\\&quot;Aurelis\\&quot; &amp; Sons&lt;/b&gt;" in page


async def test_the_frame_names_every_module_before_it_is_needed() -> None:
    async with serving() as client:
        answer = await client.get(
            "/widget/frame.html?key=pk_demo", headers={"Accept-Encoding": "identity"}
        )
        page = await answer.text()
        imported = {
            name
            for path in HOME.glob("*.js")
            for name in re.findall(r'from "\./(\w+\.js)"', path.read_text("utf-8"))
        }
        preloaded = set(re.findall(r'modulepreload" href="/widget/v-\w+/(\w+\.js)"', page))

        assert imported <= preloaded
        assert "widget.js" not in preloaded


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("1")
    before = read_widget(tmp_path).version
    (tmp_path / "a.js").write_text("2")

    assert read_widget(tmp_path).version != before
