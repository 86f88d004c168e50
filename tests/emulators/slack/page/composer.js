// Where one writes: Enter sends, Shift+Enter begins a line; files, commands, shortcuts.
import { el, iconButton, toast } from "/page/dom.js";
import { act, world } from "/page/live.js";
import { openMenu } from "/page/menu.js";
import { wired } from "/page/text.js";

const MOST_FILE_BYTES = 12 * 1024 * 1024;

/** Return a composer for a place, `{channel, thread, label}`; `editLast` edits what I said last. */
export function composer({ channel, thread = "", label, isDirect = false, editLast }) {
  const files = [];
  const area = el("textarea", { rows: "1", placeholder: label, "aria-label": label });
  const chips = el("ul", { class: "chips", "aria-label": "Files to be sent" });
  const hint = el("p", { class: "composer-hint" });
  const picker = el("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", "aria-label": "Files" });
  const also = thread && !isDirect ? el("input", { type: "checkbox" }) : null;

  const grow = () => {
    const isCommand = area.value.startsWith("/");
    hint.textContent = isCommand
      ? `${world().command} status · take · note <text> · done · pause bot · who · transcript`
      : "Enter sends, Shift+Enter begins a new line";
    send.disabled = !area.value.trim() && !files.length;
  };
  const drawChips = () => {
    chips.replaceChildren(...files.map((file, at) =>
      el("li", {}, file.name, iconButton("close", `Leave out ${file.name}`, () => { files.splice(at, 1); drawChips(); area.focus(); }))));
    grow();
  };
  const submit = async () => {
    const text = area.value.trim();
    if (!text && !files.length) return;
    if (text.startsWith("/") && !files.length) {
      if (thread) return toast("Slack takes commands in a channel, not in a thread.");
      const [command, ...words] = text.split(/\s+/);
      if (command !== world().command) return toast(`There is no command ${command} here.`);
      area.value = "";
      grow();
      await act("command", { channel, command, text: words.join(" ") });
      return;
    }
    const sent = files.splice(0);
    const isBroadcast = also?.checked ?? false;
    area.value = "";
    if (also) also.checked = false;
    drawChips();
    const done = await act("say", { channel, thread, text: wired(text), files: await Promise.all(sent.map(read)), isBroadcast });
    if (!done && !area.value) {
      area.value = text;
      files.push(...sent);
      drawChips();
    }
  };
  const take = (chosen) => {
    for (const file of chosen) {
      if (file.size > MOST_FILE_BYTES) toast(`${file.name} is too large for the demo.`);
      else files.push(file);
    }
    drawChips();
    area.focus();
  };

  area.addEventListener("input", grow);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "ArrowUp" && !area.value && editLast?.()) event.preventDefault();
  });
  area.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); take(event.clipboardData.files); }
  });
  picker.addEventListener("change", () => { take(picker.files); picker.value = ""; });

  const send = el("button", { type: "submit", class: "button is-primary is-send", disabled: true }, "Send");
  const bolt = thread ? null : iconButton("bolt", "Shortcuts", () => openMenu(bolt, shortcuts(), { label: "Shortcuts" }), { "aria-haspopup": "menu", "aria-expanded": "false" });
  const shortcuts = () => [
    ...world().shortcuts.filter((one) => one.on === "global").map((one) => ({ label: one.name, note: one.about, act: () => act("shortcut", { id: one.id }) })),
    ...["status", "take", "who"].map((word) => ({ label: `${world().command} ${word}`, act: () => act("command", { channel, command: world().command, text: word }) })),
  ];
  const form = el(
    "form", { class: "composer", onsubmit: (event) => { event.preventDefault(); submit(); area.focus(); } },
    el("div", { class: "composer-box" }, area, chips, el(
      "div", { class: "composer-bar" },
      iconButton("attach", "Attach files", () => picker.click()), bolt, picker,
      also ? el("label", { class: "also" }, also, "Also send to the channel") : null,
      el("span", { class: "gap" }), send,
    )),
    hint,
  );
  grow();
  return { form, area };
}

async function read(file) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(reader.result));
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
  return { name: file.name, content: url.slice(url.indexOf(",") + 1) };
}
