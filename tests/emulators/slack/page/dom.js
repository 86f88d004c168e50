// Builds elements. Text is only ever set as text; nothing here reads markup.

/** Return an element; `options` are attributes, `on…` listeners, `dataset` and `class`. */
export function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "dataset") Object.assign(node.dataset, value);
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else node.setAttribute(name, String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const SHAPES = {
  attach: "M15.5 6.5v7a3.5 3.5 0 0 1-7 0V5a2.3 2.3 0 0 1 4.6 0v8.2a1.1 1.1 0 0 1-2.2 0V6.5",
  bolt: "M11.5 2.5 5 12h4.5l-1 5.5L15 8h-4.5z",
  close: "M5 5l10 10M15 5 5 15",
  send: "M3 10 17 4l-4 13-3.2-5zM9.8 12 17 4",
  dots: "M5 10h.01M10 10h.01M15 10h.01",
  smile: "M10 17.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM7 12c1.5 2 4.5 2 6 0M7.5 8h.01M12.5 8h.01",
  thread: "M3.5 4.5h13v9h-7l-4 3v-3h-2zM6.5 8h7M6.5 10.5h4",
  home: "M3.5 9.5 10 4l6.5 5.5M5.5 8v8h9V8M8.5 16v-4h3v4",
  hash: "M7.5 3.5l-1.5 13M14 3.5l-1.5 13M3.5 7.5h13.5M3 12.5h13.5",
  chat: "M3.5 4.5h13v9h-7l-4 3v-3h-2z",
  eye: "M2 10c3.5-6.5 12.5-6.5 16 0-3.5 6.5-12.5 6.5-16 0ZM10 12.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6",
  file: "M5 2.5h6.5L15 6v11.5H5zM11.5 2.5V6H15",
  stop: "M6 6h8v8H6z",
};
const SVG = "http://www.w3.org/2000/svg";

/** Return a drawing that says nothing to screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Return a button with a drawing on it, and a name for those who do not see it. */
export function iconButton(name, label, onclick, options = {}) {
  const classes = `icon-button ${options.class ?? ""}`.trim();
  return el("button", { type: "button", title: label, "aria-label": label, onclick, ...options, class: classes }, icon(name));
}

/** Make the children of a node these, and leave those alone that are there already. */
export function arrange(parent, nodes) {
  for (const old of [...parent.children]) if (!nodes.includes(old)) old.remove();
  nodes.forEach((node, at) => {
    if (parent.children[at] !== node) parent.insertBefore(node, parent.children[at] ?? null);
  });
}

/** Say something in a corner for some seconds. */
export function toast(words) {
  const line = el("p", { class: "toast" }, words);
  const toasts = document.getElementById("toasts");
  toasts.append(line);
  while (toasts.children.length > 3) toasts.firstChild.remove();
  setTimeout(() => line.remove(), 7000);
}

/** Return what gives the focus back to a node, or to what has taken its place meanwhile. */
export function wayBack(node) {
  const pane = node?.closest?.("#main, #thread, #side")?.id;
  const row = node?.closest?.("[data-ts]")?.dataset.ts;
  const { action } = node?.dataset ?? {};
  return () => {
    if (node?.isConnected) return node.focus();
    const place = row && document.querySelector(`#${pane} [data-ts="${CSS.escape(row)}"]`);
    const heir = action && place?.querySelector(`[data-action="${CSS.escape(action)}"]`);
    (heir ?? place)?.focus({ preventScroll: true });
  };
}
