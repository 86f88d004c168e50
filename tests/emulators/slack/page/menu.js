// Menus, confirmations: what opens above everything, and gives the focus back.
import { el, wayBack } from "/page/dom.js";
import { textObject } from "/page/text.js";

let open = null;

/** Open a menu below a button; entries are `{label, note, act, isDanger}`, or signs side by side. */
export function openMenu(button, entries, { label = "Menu", isGrid = false } = {}) {
  const wasMine = open?.button === button;
  closeMenu();
  if (wasMine) return;
  const items = entries.map((entry) =>
    el(
      "button",
      {
        type: "button", role: "menuitem", tabindex: "-1", class: entry.isDanger ? "is-danger" : "",
        "aria-label": entry.name,
        onclick: () => { closeMenu(true); entry.act(); },
      },
      entry.sign ?? entry.label,
      entry.note ? el("small", {}, entry.note) : null,
    ),
  );
  const menu = el("div", { class: isGrid ? "menu is-grid" : "menu", role: "menu", "aria-label": label }, items);
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation();
      closeMenu(true);
    }
  });
  (button.closest("dialog, main") ?? document.body).append(menu);
  const place = button.getBoundingClientRect();
  const height = menu.offsetHeight;
  const top = place.bottom + height + 8 > innerHeight ? Math.max(8, place.top - height - 4) : place.bottom + 4;
  menu.style.top = `${top}px`;
  menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - menu.offsetWidth - 8))}px`;
  button.setAttribute("aria-expanded", "true");
  open = { menu, button, back: wayBack(button) };
  items[0]?.focus();
}

/** Close the menu that is open. */
export function closeMenu(isFocused = false) {
  if (!open) return;
  const { menu, button, back } = open;
  open = null;
  menu.remove();
  button.setAttribute("aria-expanded", "false");
  if (isFocused) back();
}

addEventListener("pointerdown", (event) => {
  if (open && !open.menu.contains(event.target) && !open.button.contains(event.target)) closeMenu();
});
addEventListener("resize", () => closeMenu());

/** Ask before something is done; resolves to whether it shall be. */
export function confirmed(confirm) {
  return new Promise((resolve) => {
    const back = wayBack(document.activeElement);
    const finish = (isYes) => { dialog.close(); dialog.remove(); back(); resolve(isYes); };
    const yes = el(
      "button",
      { type: "button", class: confirm.style === "danger" ? "button is-danger" : "button is-primary", onclick: () => finish(true) },
      textObject(confirm.confirm),
    );
    const dialog = el(
      "dialog",
      { class: "dialog is-small", "aria-labelledby": "confirm-title", oncancel: (event) => { event.preventDefault(); finish(false); } },
      el("h2", { id: "confirm-title" }, textObject(confirm.title)),
      el("div", { class: "dialog-body" }, textObject(confirm.text)),
      el(
        "div", { class: "dialog-foot" },
        el("button", { type: "button", class: "button", onclick: () => finish(false) }, textObject(confirm.deny)),
        yes,
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
    yes.focus();
  });
}
