"""An emulated Twilio with the whole product beside it, and a model that answers for both.

The product and the model are processes of their own; Twilio and everybody who writes or calls are
in this one.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.policies import MODEL
from benchmarks.processes import Program, Running, product, running
from tests.emulators.twilio import TwilioServer, twilio_running

PUBLIC = "https://help.aurelis.example"
SHORT, TOLL_FREE, LONG = "55501", "+18005550100", "+15550100"
"""Senders: 100 segments a second leave the first, 3 the second, 1 the third."""
POLICY = f"""\
tenant: benchmark
version: benchmark
pace: {{sms_quiet_s: QUIET}}
default: {{models: [{MODEL}], budget: {{max_cost_usd: 1}}, max_output_tokens: 2000}}
"""


@dataclass(frozen=True, slots=True)
class Town:
    """Everything that runs."""

    twilio: TwilioServer
    product: Running
    vendor: Running


@asynccontextmanager
async def town(folder: Path, vendor: Program, sms_quiet_s: float) -> AsyncIterator[Town]:
    """Run the product against a Twilio that delivers to it, and against a model.

    Args:
        folder: empty; for data and logs.
        vendor: the model's emulator.
        sms_quiet_s: how long the product waits for more from who writes.
    """
    policy = folder / "policy.yaml"
    policy.write_text(POLICY.replace("QUIET", f"{sms_quiet_s:g}"), "utf-8")
    async with twilio_running() as twilio, AsyncExitStack() as stack:
        for address in (SHORT, TOLL_FREE, LONG):
            twilio.number(address)
        model = await stack.enter_async_context(beside(vendor))
        program = with_twilio(product(folder, policy, model.url), environment_of(twilio))
        server = await stack.enter_async_context(beside(program))
        twilio.deliver_to(server.url, PUBLIC)
        yield Town(twilio, server, model)


@asynccontextmanager
async def beside(program: Program) -> AsyncIterator[Running]:
    """Run a program; what is in this process goes on while it starts, and while it ends."""
    with ExitStack() as stack:
        try:
            yield await asyncio.to_thread(stack.enter_context, running(program))
        finally:
            await asyncio.to_thread(stack.close)


def with_twilio(program: Program, environment: Mapping[str, str]) -> Program:
    """Return the product with more in its environment."""
    return replace(program, environment={**program.environment, **environment})


def environment_of(twilio: TwilioServer) -> dict[str, str]:
    """Return how the product reaches the emulator."""
    return {
        "TWILIO_ACCOUNT_SID": twilio.account,
        "TWILIO_AUTH_TOKEN": twilio.auth_token,
        "TWILIO_FROM": SHORT,
        "COPILOT_TWILIO_BASE_URL": twilio.url,
        "COPILOT_PUBLIC_URL": PUBLIC,
    }
