"""`copilot serve`: everything in one process."""

import asyncio
import signal
from dataclasses import replace
from pathlib import Path

import click
from aiohttp import web

from bot.app import App, start
from bot.logs import start_logging
from bot.settings import Settings, read_settings

try:
    import uvloop
except ImportError:  # the extra `fast` is not installed
    new_event_loop = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop

KEEPALIVE_S = 15.0
SHUTDOWN_S = 2.0
BACKLOG = 1024


@click.command(epilog="Example: copilot serve --port 8080 --policy policy.yaml")
@click.option("--host", help="Address to listen on; 127.0.0.1 unless said otherwise.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; PORT or 8080 by default.")
@click.option("--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.")
def command(host: str | None, port: int | None, policy: Path | None, data: Path | None) -> None:
    """Start the bot: web chat, widget, desk and health checks in one process."""
    usual = read_settings()
    settings = replace(
        usual,
        host=host or usual.host,
        port=usual.port if port is None else port,
        policy=policy or usual.policy,
        data=data or usual.data,
    )
    start_logging(settings.log_level)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serve until the process is told to end, then drain.

    Raises:
        SettingsRefused: a setting is wrong.
        PolicyRefused: the policy file is not valid.
        OSError: the port cannot be had.
    """
    told_to_end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told_to_end.set)
    app = await start(settings)
    try:
        await _listen(app, told_to_end)
    finally:
        await app.close()


async def _listen(app: App, told_to_end: asyncio.Event) -> None:
    runner = web.AppRunner(
        app.http,
        access_log=None,
        keepalive_timeout=KEEPALIVE_S,
        shutdown_timeout=SHUTDOWN_S,
        handle_signals=False,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, app.settings.host, app.settings.port, backlog=BACKLOG)
        await site.start()
        address = runner.addresses[0]
        click.echo(f"Ready: http://{address[0]}:{address[1]} (Ctrl-C ends it)")
        await told_to_end.wait()
        await app.drain()
    finally:
        await runner.cleanup()
