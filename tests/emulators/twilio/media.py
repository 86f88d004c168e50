"""Media of messages: asked for with basic auth, found behind a redirect to another origin."""

from aiohttp import web

from tests.emulators.server import drop
from tests.emulators.twilio.state import (
    VERSION,
    ApiError,
    Dict,
    MediaFile,
    State,
    StoredMessage,
    rfc2822,
)


def add(
    state: State, content: bytes, media_type: str, said_type: str = "", is_chunked: bool = False
) -> str:
    """Keep a file, and return the MediaUrl that a webhook bears."""
    file = MediaFile(
        state.new_id("ME"),
        state.new_id("MM"),
        content,
        media_type,
        said_type or media_type,
        is_chunked,
    )
    state.media[file.sid] = file
    return f"{state.url}{_path(state, file)}"


def _path(state: State, file: MediaFile) -> str:
    return f"/{VERSION}/Accounts/{state.account}/Messages/{file.message}/Media/{file.sid}"


def said_type_of(state: State, url: str) -> str:
    """Return what the webhook says about a MediaUrl."""
    file = state.media.get(url.rpartition("/")[2])
    return file.said_type if file else "application/octet-stream"


def listing(state: State, message: StoredMessage) -> Dict:
    """Return the media of a message, as the SDK lists them."""
    files = [state.media[url.rpartition("/")[2]] for url in message.media if _is_ours(state, url)]
    at = rfc2822(message.created_at)
    entries: list[Dict] = [
        {
            "account_sid": state.account,
            "content_type": file.media_type,
            "date_created": at,
            "date_updated": at,
            "parent_sid": message.sid,
            "sid": file.sid,
            "uri": f"{_path(state, file)}.json",
        }
        for file in files
    ]
    return {"media_list": entries, "next_page_uri": None, "page": 0, "page_size": 50}


def _is_ours(state: State, url: str) -> bool:
    return url.rpartition("/")[2] in state.media


def redirect(state: State, request: web.Request) -> web.Response:
    """Send on who may have the file to where it is.

    Raises:
        ApiError: there is no such file.
    """
    file = state.media.get(request.match_info["media"])
    if file is None or file.message != request.match_info["sid"]:
        raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
    where = f"{state.media_url}/{state.account}/{file.sid}?Signature=an-emulated-grant"
    return web.Response(status=307, headers={"Location": where})


async def send(state: State, request: web.Request, is_cut: bool) -> web.StreamResponse:
    """Send the bytes of a file, or half of them and then nothing.

    A second kind of authorisation is refused, as the real store does.
    """
    file = state.media.get(request.match_info["media"])
    if file is None or request.query.get("Signature") != "an-emulated-grant":
        return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
    if "Authorization" in request.headers:
        return web.Response(status=400, text="<Error><Code>InvalidArgument</Code></Error>")
    response = web.StreamResponse(headers={"Content-Type": file.media_type})
    if file.is_chunked:
        response.enable_chunked_encoding()
    else:
        response.content_length = len(file.content)
    await response.prepare(request)
    sent = file.content[: len(file.content) // 2] if is_cut else file.content
    for start in range(0, len(sent), 65536):
        await response.write(sent[start : start + 65536])
    if is_cut:
        drop(request, is_reset=False)
        return response
    await response.write_eof()
    file.opened += 1
    return response
