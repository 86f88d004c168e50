// Support Copilot: the one script of the embedding page.
//
//   <script async src="/widget.js" data-key="pk_…" data-token-url="/chat-token"></script>
//
// It adds a launcher and an iframe inside one shadow root, and leaves the page alone otherwise.
// data-key         public key of the site
// data-token-url   answers {"token": "…"} (a short-lived JWT) or {"user": {"id", "hash"}} for the
//                  customer who is signed in; 204 says that nobody is
// data-lang        language of the widget; otherwise the page's
// The page may call supportCopilot.open(), .close() and, after a sign-in or sign-out, .identify().
(() => {
  "use strict";

  const MARK = "support-copilot";
  const FULL = matchMedia("(max-width: 30rem), (max-height: 26rem)");
  const LABELS = {
    en: ["Open chat", "Close chat", "Chat"],
    es: ["Abrir el chat", "Cerrar el chat", "Chat"],
    fr: ["Ouvrir la discussion", "Fermer la discussion", "Discussion"],
    de: ["Chat öffnen", "Chat schließen", "Chat"],
    ar: ["فتح المحادثة", "إغلاق المحادثة", "محادثة"],
  };

  const script = document.currentScript;
  if (!script || window.supportCopilot) return;
  const { key = "", tokenUrl = "", lang = "" } = script.dataset;
  const home = new URL(script.src);
  const locale = lang || document.documentElement.lang || navigator.language || "en";
  const [openLabel, closeLabel, title] = LABELS[locale.toLowerCase().split(/[-_]/)[0]] ?? LABELS.en;
  let isOpen = false;
  let isReady = false;
  let unread = "";

  const host = document.createElement("support-copilot");
  const root = host.attachShadow({ mode: "open" });
  const style = make("link", { rel: "stylesheet", href: new URL("/widget/launcher.css", home).href });
  const panel = make("div", { class: "panel", hidden: "" });
  const frame = make("iframe", { title, class: "frame", allow: "clipboard-write" });
  const button = make("button", { type: "button", class: "launcher", "aria-expanded": "false" });
  const badge = make("span", { class: "badge", hidden: "", "aria-hidden": "true" });
  button.append(drawing("bubble", "M5 5.5h14v10.5h-7.5l-4 3.5v-3.5H5z"), drawing("cross", "M6 9.5l6 6 6-6"), badge);
  panel.append(frame);
  root.append(style, panel, button);
  host.hidden = true;
  style.addEventListener("load", () => {
    host.hidden = false;
  });

  function make(tag, attributes) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  }

  function drawing(name, d) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const path = document.createElementNS(space, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", name);
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", d);
    svg.append(path);
    return svg;
  }

  /** Ask the page's own server who is signed in. A failure never makes the customer a visitor. */
  async function identity() {
    if (!tokenUrl) return { state: "visitor" };
    try {
      const answer = await fetch(tokenUrl, { credentials: "include", cache: "no-store" });
      if (answer.status === 204) return { state: "visitor" };
      const body = answer.ok ? await answer.json() : {};
      if (typeof body.token === "string") return { state: "known", token: body.token };
      if (body.user?.id) return { state: "known", user: { id: String(body.user.id), hash: String(body.user.hash) } };
    } catch {
      // Not reachable: the frame says so and offers to try again.
    }
    return { state: "failed" };
  }

  function tell(type, body) {
    if (isReady) frame.contentWindow.postMessage({ mark: MARK, type, body }, home.origin);
  }

  function label() {
    button.setAttribute("aria-label", isOpen ? closeLabel : [openLabel, unread].filter(Boolean).join(", "));
    button.setAttribute("aria-expanded", String(isOpen));
    button.classList.toggle("is-open", isOpen);
  }

  function load() {
    if (frame.src) return;
    frame.src = new URL(`/widget/frame.html?key=${encodeURIComponent(key)}`, home).href;
  }

  function open() {
    load();
    isOpen = true;
    panel.hidden = false;
    layout();
    label();
    frame.focus();
    tell("open", {});
  }

  function close(isAnswer) {
    if (!isOpen) return;
    isOpen = false;
    panel.hidden = true;
    layout();
    label();
    if (!isAnswer) tell("closed", {});
    button.focus();
  }

  function layout() {
    host.classList.toggle("is-full", isOpen && FULL.matches);
    tell("layout", { isModal: FULL.matches });
  }

  const hear = {
    async ready() {
      const who = await identity();
      isReady = true;
      tell("init", { locale, identity: who, isModal: FULL.matches, isOpen });
    },
    async identity() {
      tell("identity", { identity: await identity() });
    },
    close: () => close(true),
    unread(body) {
      unread = String(body.label ?? "");
      badge.hidden = !body.count;
      badge.textContent = body.count > 9 ? "9+" : String(body.count);
      label();
    },
  };

  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== home.origin) return;
    if (event.data?.mark === MARK && Object.hasOwn(hear, event.data.type)) hear[event.data.type](event.data.body ?? {});
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isOpen && root.activeElement === button) close(false);
  });
  FULL.addEventListener("change", layout);
  button.addEventListener("click", () => (isOpen ? close(false) : open()));

  label();
  document.body ? document.body.append(host) : addEventListener("DOMContentLoaded", () => document.body.append(host));
  (window.requestIdleCallback ?? setTimeout)(load);
  window.supportCopilot = Object.freeze({ open, close: () => close(false), identify: () => hear.identity() });
})();
