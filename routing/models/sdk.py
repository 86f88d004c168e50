"""A vendor's SDK, loaded at the first use and without standing in anybody's way."""

import asyncio
import importlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import aiohttp

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Piece
from routing.models.relay import Body, Decoder, relay
from routing.request import ModelName, Request

if TYPE_CHECKING:
    import httpx2

C = TypeVar("C")

CONNECT_S = 5.0
SILENCE_S = 60.0
"""Between two reads; only the last resort, since the engine's watchdog counts text, not bytes."""
NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class Closable(Protocol):
    """A client of any SDK."""

    async def close(self) -> None:
        """Give the connections back."""
        ...


K = TypeVar("K", bound=Closable)


class Answer(Protocol):
    """A streamed answer as both SDKs give it."""

    @property
    def http_response(self) -> "httpx2.Response":
        """The answer below the SDK."""
        ...


@dataclass(frozen=True, slots=True)
class Sdk(Generic[C]):
    """What was loaded: a client, and what it may raise besides its answers to bad requests."""

    client: C
    broken: tuple[type[Exception], ...]
    """Everything that a request or a read may raise."""
    late: tuple[type[Exception], ...]
    """Those of them that mean that time ran out."""
    lost: tuple[type[Exception], ...]
    """Those of `late` that do not: OpenAI's transport says so of every lost connection."""

    def kind(self, error: Exception, has_begun: bool) -> FailureKind:
        """Return why the connection broke; `has_begun` says that the answer's head had come."""
        chain = tuple(causes(error))
        if any(isinstance(each, NEVER_CONNECTED) for each in chain):
            return FailureKind.CONNECTION
        is_lost = any(isinstance(each, self.lost) for each in chain)
        if isinstance(error, self.late) and not is_lost:
            return FailureKind.TIMEOUT_IDLE if has_begun else FailureKind.TIMEOUT_FIRST
        return FailureKind.CUT

    @asynccontextmanager
    async def body(
        self,
        opening: AbstractAsyncContextManager[Answer],
        failure_of: Callable[[Exception], ModelFailed | None],
    ) -> AsyncIterator[Body]:
        """Send a request and give out the body of its answer; the connection is let go at exit.

        Args:
            opening: the SDK's request for a streamed answer, not yet sent.
            failure_of: the failure that an exception stands for when the vendor did answer.

        Raises:
            ModelFailed: for whatever the SDK raises, here or while the bytes are read.
        """
        has_begun = False
        try:
            async with opening as answer:
                has_begun = True
                response = answer.http_response
                is_plain = "content-encoding" not in response.headers
                # Nothing to decode, as streams should be: the decoding layers cost 8 us a token.
                chunks = response.aiter_raw() if is_plain else response.aiter_bytes()
                yield Body(chunks, self.broken)
        except self.broken as error:
            raise failure_of(error) or ModelFailed(self.kind(error, has_begun)) from None


def sdk_of(client: C, error: type[Exception], late: type[Exception]) -> Sdk[C]:
    """Return a client of any SDK on httpx2 with aiohttp below.

    Args:
        client: ready to use.
        error: what all errors of the SDK are.
        late: what it raises when time has run out.
    """
    httpx = importlib.import_module("httpx2")  # came with the SDK: imported above, it costs 50 ms
    return Sdk(
        client=client,
        broken=(error, httpx.HTTPError, httpx.StreamError, aiohttp.ClientError, OSError),
        late=(late, httpx.TimeoutException, TimeoutError),
        lost=(httpx.ConnectTimeout, aiohttp.ServerDisconnectedError, ConnectionError),
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything behind it, the outermost first."""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__


class Loader(Generic[C]):
    """Loads in a thread, once, however many wait and however many of them give up."""

    def __init__(self, load: Callable[[], Sdk[C]]) -> None:
        self._load = load
        self._loading: asyncio.Future[Sdk[C]] | None = None

    async def get(self) -> Sdk[C]:
        """Return what was loaded, waiting for it the first time."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._load)
        return await asyncio.shield(self._loading)

    @property
    def has_begun(self) -> bool:
        """Tell whether anybody has asked for it."""
        return self._loading is not None


class SdkModel(ABC, Generic[K]):
    """A model behind a vendor's SDK; a provider's own file says how it is asked and understood.

    The SDK is imported at the first use, in a thread, since it takes seconds; `warm` does it ahead.
    """

    def __init__(self, name: ModelName) -> None:
        self._name = name
        self._sdk: Loader[K] = Loader(self._load)

    @property
    def name(self) -> ModelName:
        """The logical name in the policy."""
        return self._name

    async def warm(self) -> None:
        """Load the SDK and make the client, so that the first customer need not wait for it."""
        await self._sdk.get()

    def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        """Start one attempt; see `Model.stream`."""
        return relay(self._opened(request, max_output_tokens), self._decoder())

    async def close(self) -> None:
        """Give the connections back."""
        if self._sdk.has_begun:
            sdk = await self._sdk.get()
            await sdk.client.close()

    @asynccontextmanager
    async def _opened(self, request: Request, max_output_tokens: int) -> AsyncIterator[Body]:
        sdk = await self._sdk.get()
        opening = self._asked(sdk.client, request, max_output_tokens)
        async with sdk.body(opening, self._failure) as body:
            yield body

    @abstractmethod
    def _load(self) -> Sdk[K]:
        """Import the SDK and make its client."""

    @abstractmethod
    def _asked(
        self, client: K, request: Request, max_output_tokens: int
    ) -> AbstractAsyncContextManager[Answer]:
        """Return the SDK's request for a streamed answer, not yet sent."""

    @abstractmethod
    def _decoder(self) -> Decoder:
        """Return a fresh decoder of the vendor's stream."""

    @abstractmethod
    def _failure(self, error: Exception) -> ModelFailed | None:
        """Return the failure that an answer of the vendor means; None when there was no answer."""
