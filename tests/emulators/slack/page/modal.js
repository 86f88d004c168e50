// The modal that the app has opened for me; what was typed stays when the app changes it.
import { el, iconButton, wayBack } from "/page/dom.js";
import { blocks } from "/page/blocks.js";
import { act } from "/page/live.js";
import { textObject } from "/page/text.js";

let shown = null;

/** Show this view, or none. */
export function show(view) {
  if (!view) {
    shown?.dialog.remove();
    const back = shown?.back;
    shown = null;
    back?.();
    return;
  }
  if (!shown) open();
  const signature = view.id + view.hash + JSON.stringify(view.errors);
  if (shown.signature === signature) return;
  const old = shown.view?.id === view.id ? values(shown.dialog) : new Map();
  const at = shown.dialog.contains(document.activeElement) && shown.dialog !== document.activeElement ? document.activeElement.id : "";
  draw(view);
  for (const field of fields(shown.dialog)) {
    const kept = old.get(keyOf(field));
    if (kept !== undefined) field.value = kept;
  }
  shown.signature = signature;
  shown.view = view;
  const first = shown.dialog.querySelector("[aria-invalid], [data-field], .dialog-foot button");
  ((at && document.getElementById(at)) || first)?.focus();
}

function open() {
  const back = wayBack(document.activeElement);
  const dialog = el("dialog", { class: "dialog", id: "modal", "aria-labelledby": "modal-title" });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); act("close"); });
  document.body.append(dialog);
  dialog.showModal();
  shown = { dialog, back, signature: "", view: null };
}

function draw(view) {
  const use = (action, value) => act("click", { where: "view", action, value });
  const submit = view.submit ? el("button", { type: "submit", class: "button is-primary" }, textObject(view.submit)) : null;
  const send = async (event) => {
    event.preventDefault();
    if (!isFilled(form)) return;
    submit.disabled = true;
    const done = await act("submit", { values: Object.fromEntries(fields(form).map((field) => [field.dataset.field, field.value])) });
    if (submit.isConnected) submit.disabled = false;
    if (!done) submit.focus();
  };
  const form = el(
    "form", { novalidate: true, onsubmit: send },
    el("div", { class: "dialog-body", tabindex: "-1" }, blocks(view.blocks, use, view.errors)),
    el("div", { class: "dialog-foot" }, el("button", { type: "button", class: "button", onclick: () => act("close") }, view.close ? textObject(view.close) : "Cancel"), submit),
  );
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  shown.dialog.replaceChildren(
    el("div", { class: "dialog-head" }, el("h2", { id: "modal-title" }, textObject(view.title)), iconButton("close", "Close", () => act("close"))),
    form,
  );
}

const fields = (root) => [...root.querySelectorAll("[data-field]")];
const keyOf = (field) => `${field.dataset.field}/${field.dataset.action}/${field.tagName}`;
const values = (root) => new Map(fields(root).map((field) => [keyOf(field), field.value]));

/** Say below each field what is wrong with it; return whether nothing is. */
function isFilled(form) {
  const wrong = fields(form).filter((field) => {
    const text = field.value.trim();
    const least = Number(field.getAttribute("minlength") ?? 0);
    let trouble = "";
    if (!text && field.required) trouble = "Please fill this in.";
    else if (text && field.value.length < least) trouble = `At least ${least} characters, please.`;
    document.getElementById(`${field.id}-trouble`).textContent = trouble;
    if (trouble) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    return trouble;
  });
  wrong[0]?.focus();
  return wrong.length === 0;
}
