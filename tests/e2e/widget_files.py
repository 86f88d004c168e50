"""Files for the tests of the widget, and the hands that choose them."""

from playwright.async_api import expect

from tests.e2e.widget_site import Tab

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(34_000)
PDF = b"%PDF-1.7\n" + bytes(1_300_000)
PASTE = """({type, name, bytes, kind}) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, {type}));
  const target = kind === "paste" ? document.getElementById("text") : document.body;
  const event = kind === "paste"
    ? new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true})
    : new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true});
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""
File = dict[str, object]


def file(name: str = "photo.png", media_type: str = "image/png", content: bytes = PNG) -> File:
    return {"name": name, "mimeType": media_type, "buffer": content}


async def choose(customer: Tab, *files: File) -> None:
    """Choose files, as the dialog of the system does."""
    await customer.chat.locator("#file").set_input_files(files)  # type: ignore[arg-type]


async def until_ready(customer: Tab, count: int = 1) -> None:
    await expect(customer.chat.locator(".chip[data-state=ready]")).to_have_count(count)
