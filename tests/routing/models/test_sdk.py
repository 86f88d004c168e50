"""Loading an SDK, and what its exceptions mean."""

import asyncio
import threading

import aiohttp
import pytest

from routing.errors import FailureKind
from routing.models.sdk import Loader, Sdk


class Late(Exception):
    """An SDK's own timeout."""


class Lost(Late):
    """What a transport calls a connection that is gone."""


class Other(Exception):
    """Anything else of an SDK."""


SDK = Sdk(client="client", broken=(Other, Late), late=(Late, TimeoutError), lost=(Lost,))


def because(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


NOWHERE = aiohttp.ConnectionTimeoutError()
KINDS: list[tuple[str, Exception, FailureKind, FailureKind]] = [
    ("late", Late(), FailureKind.TIMEOUT_FIRST, FailureKind.TIMEOUT_IDLE),
    ("plain timeout", TimeoutError(), FailureKind.TIMEOUT_FIRST, FailureKind.TIMEOUT_IDLE),
    ("lost", Lost(), FailureKind.CUT, FailureKind.CUT),
    ("late because lost", because(Late(), Lost()), FailureKind.CUT, FailureKind.CUT),
    ("other", Other(), FailureKind.CUT, FailureKind.CUT),
    ("never connected", because(Late(), because(Lost(), NOWHERE)),
     FailureKind.CONNECTION, FailureKind.CONNECTION),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "error", "before", "after"), KINDS, ids=[each[0] for each in KINDS]
)
def test_a_broken_connection_has_a_kind(
    name: str, error: Exception, before: FailureKind, after: FailureKind
) -> None:
    assert SDK.kind(error, has_begun=False) is before
    assert SDK.kind(error, has_begun=True) is after


async def test_it_is_loaded_once_although_those_who_wait_give_up() -> None:
    is_asked, may_go = threading.Event(), threading.Event()
    loads: list[int] = []

    def load() -> Sdk[str]:
        loads.append(1)
        is_asked.set()
        may_go.wait(5)
        return SDK

    loader = Loader(load)
    assert not loader.has_begun
    impatient = asyncio.get_running_loop().create_task(loader.get())
    await asyncio.to_thread(is_asked.wait, 5)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    patient = asyncio.gather(loader.get(), loader.get())
    may_go.set()

    assert list(await asyncio.wait_for(patient, 5)) == [SDK, SDK]
    assert loader.has_begun
    assert loads == [1]
