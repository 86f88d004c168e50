// One message on the screen: bubble, sources, thumbs, time.

import { el, icon } from "./dom.js";
import { sizeText } from "./files.js";
import { showHidden } from "./hidden.js";
import { showMarkdown } from "./markdown_view.js";
import { Sources } from "./sources.js";

const DELIVERY = { sending: ["sending", "clock"], waiting: ["unsent", "warn"], failed: ["failed", "warn"], done: ["sent", "check"] };
const ENDINGS = { stopped: "stopped", error: "broken", blocked: "blocked" };

/** The element of one message, and how it changes. */
export class MessageView {
  /**
   * @param {import("./state.js").Entry} entry
   * @param {object} tools
   * @param {import("./texts.js").Texts} tools.texts
   * @param {import("./calendar.js").Calendar} tools.calendar
   * @param {(frame: Record<string, any>) => void} tools.act
   * @param {import("./downloader.js").Downloader} tools.downloader
   */
  constructor(entry, { texts, calendar, act, downloader }) {
    Object.assign(this, { texts, calendar, act, downloader });
    this.entry = entry;
    this.isOwn = entry.author === "customer";
    this.who = el("p", { class: "author" });
    this.text = el("div", { class: "text", dir: "auto" });
    this.bubble = el("div", { class: "bubble" }, this.text);
    this.foot = el("div", { class: "message-foot" });
    this.stamp = el("time", { class: "stamp" });
    this.delivery = el("span", { class: "delivery" });
    this.foot.append(this.stamp, this.delivery);
    const kind = this.isOwn ? "own" : entry.author;
    this.node = el("li", { class: `message from-${kind}` }, this.who, this.bubble);
    if (!this.isOwn) {
      this.ending = el("p", { class: "ending", hidden: true });
      this.sources = new Sources(texts);
      this.node.append(this.ending, this.sources.row, this.sources.card);
    }
    this.node.append(this.foot);
  }

  /** Show the entry as it is now. @param {import("./state.js").Entry} entry */
  update(entry) {
    this.entry = entry;
    const isOpen = entry.status === "streaming";
    this.node.classList.toggle("is-streaming", isOpen);
    this.node.dataset.status = entry.status;
    this.who.textContent = this.speaker();
    if (this.isOwn) this.showOwn();
    else this.showAnswer(isOpen);
    this.stamp.textContent = this.calendar.clock(entry.at);
    this.stamp.dateTime = entry.at.toISOString();
    this.stamp.title = this.calendar.whole(entry.at);
  }

  /** @returns {string} */
  speaker() {
    if (this.isOwn) return this.texts.say("you");
    if (this.entry.author === "agent") return this.entry.name || this.texts.say("aPerson");
    return this.texts.say("bot");
  }

  showOwn() {
    this.text.replaceChildren(...showHidden(this.entry.text, this.texts));
    this.showFiles(this.entry.attachments ?? []);
    const [key, sign] = DELIVERY[this.entry.status] ?? DELIVERY.done;
    const words = el("span", { text: this.texts.say(key), class: sign === "warn" ? "" : "sr-only" });
    this.delivery.replaceChildren(icon(sign), words);
  }

  showFiles(files) {
    this.attached?.remove();
    this.attached = null;
    if (!files.length) return;
    this.attached = el("ul", { class: "attached", "aria-label": this.texts.say("attached") }, ...files.map((file) => this.fileRow(file)));
    this.bubble.append(this.attached);
  }

  fileRow(file) {
    const { name, size, media_type: type } = file;
    const words = showHidden(name, this.texts);
    const label = this.isOwn
      ? el("span", { class: "chip-name", dir: "auto", title: name }, ...words)
      : el("button", { type: "button", class: "chip-name file-link", dir: "auto", title: this.texts.say("saveFile", { name }), on: { click: () => this.downloader.save(file) } }, ...words);
    const sign = icon(String(type).startsWith("image/") ? "picture" : "source");
    return el("li", {}, sign, label, el("span", { class: "chip-size", text: sizeText(size, this.texts.locale) }));
  }

  showAnswer(isOpen) {
    const { entry, sources } = this;
    const citations = isOpen ? [] : (entry.citations ?? []);
    if (citations !== this.citations) {
      this.citations = citations;
      sources.show(citations);
    }
    showMarkdown(this.text, entry.text, {
      isOpen,
      cite: (n) => sources.mark(n),
      leaf: (text) => showHidden(text, this.texts),
    });
    this.showFiles(isOpen ? [] : (entry.attachments ?? []));
    const ending = ENDINGS[entry.status];
    this.ending.hidden = !ending;
    this.ending.textContent = ending ? this.texts.say(ending) : "";
    this.bubble.hidden = !isOpen && !entry.text && !this.attached;
    const mayRate = entry.author === "bot" && !isOpen && entry.text && entry.status !== "blocked";
    if (mayRate && !this.thumbs) this.addThumbs();
    if (this.thumbs) this.showRating();
  }

  addThumbs() {
    this.up = this.thumb("up", "helpful");
    this.down = this.thumb("down", "unhelpful");
    this.thumbs = el("div", { class: "thumbs" }, this.up, this.down);
    this.foot.append(this.thumbs);
  }

  thumb(value, key) {
    const label = this.texts.say(key);
    return el(
      "button",
      { type: "button", class: "thumb", title: label, "aria-label": label, "aria-pressed": "false", on: { click: () => this.rate(value) } },
      icon(value),
    );
  }

  showRating() {
    this.up.setAttribute("aria-pressed", String(this.entry.rated === "up"));
    this.down.setAttribute("aria-pressed", String(this.entry.rated === "down"));
  }

  rate(value) {
    if (this.entry.rated === value) return;
    this.entry.rated = value;
    this.act({ type: "feedback", message_id: this.entry.id, value });
    this.showRating();
    this.remark?.remove();
    this.remark = value === "down" ? this.askReason() : this.thank();
    this.node.append(this.remark);
    this.remark.scrollIntoView({ block: "nearest" });
    if (value === "down") this.remark.querySelector("input").focus({ preventScroll: true });
  }

  thank() {
    return el("p", { class: "thanks", role: "status", text: this.texts.say("thanks") });
  }

  askReason() {
    const name = `reason-${this.entry.id}`;
    const reasons = this.texts.list("reasons").map((reason) =>
      el("label", { class: "reason" }, el("input", { type: "radio", name, value: reason }), el("span", { text: reason })),
    );
    const other = el("input", { type: "text", class: "line-input", maxlength: 500, "aria-label": this.texts.say("reasonOther"), placeholder: this.texts.say("reasonOther") });
    const done = () => {
      const thanks = this.thank();
      this.remark.replaceWith(thanks);
      this.remark = thanks;
      this.down.focus();
    };
    const submit = (event) => {
      event.preventDefault();
      const chosen = event.target.elements[name].value;
      const reason = [chosen, other.value.trim()].filter(Boolean).join(": ");
      if (reason) this.act({ type: "feedback", message_id: this.entry.id, value: "down", reason });
      done();
    };
    const form = el("form", { class: "remark", on: { submit } });
    form.append(
      el("fieldset", {}, el("legend", { text: this.texts.say("whatWrong") }), ...reasons),
      other,
      el(
        "div",
        { class: "row" },
        el("button", { type: "submit", class: "primary", text: this.texts.say("sendReason") }),
        el("button", { type: "button", class: "plain", text: this.texts.say("skip"), on: { click: done } }),
      ),
    );
    return form;
  }
}
