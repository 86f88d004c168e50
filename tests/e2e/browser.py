"""A real Chromium for tests, and a page that reports every word on its console."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    async_playwright,
    expect,
)

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SCREENSHOTS = Path(__file__).parent.parent.parent / "screenshots"
LONGEST_WAIT_MS = 15_000
"""Most that a test waits for one thing to appear: a browser on a busy machine needs its time."""


def chromium_path() -> str:
    """Return where Chromium is; skip the test by name where there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    pytest.skip(f"no Chromium here: none of {', '.join(NAMES)} is on the PATH")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a Chromium without a window; nothing of it is left afterwards."""
    path = chromium_path()
    expect.set_options(timeout=LONGEST_WAIT_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        try:
            yield browser
        finally:
            await browser.close()


class Complaints:
    """Errors and warnings that the pages of a context wrote to their consoles."""

    def __init__(self, context: BrowserContext) -> None:
        self.lines: list[str] = []
        self.expected: list[str] = []
        """Parts of lines that a test provokes on purpose."""
        context.on("console", self._heard)
        context.on("weberror", lambda error: self.lines.append(str(error.error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.lines.append(f"{message.type}: {message.text}")

    def check(self) -> None:
        """Fail when a console holds a line that nobody expected."""
        rest = [line for line in self.lines if not any(part in line for part in self.expected)]
        assert not rest, rest


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot of the page under `screenshots/`, for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"{name}.png")
