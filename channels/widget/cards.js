// Things in the list that are no messages: choices, the survey, the contact form, plain lines.

import { el, icon } from "./dom.js";

const LINES = { requested: "requested", joined: "joined", left: "departed", closed: "closed" };
const LINE_ICONS = { requested: "clock", joined: "person", left: "spark", closed: "check", notice: "spark" };

/**
 * Return the sentence of a line.
 *
 * @param {import("./state.js").Entry} entry
 * @param {import("./texts.js").Texts} texts
 * @returns {string}
 */
export function lineText(entry, texts) {
  if (entry.line === "notice") return entry.text;
  return texts.say(LINES[entry.line] ?? "requested", { name: entry.name || texts.say("aPerson") });
}

/** A sentence across the list. */
export class LineView {
  constructor(entry, { texts }) {
    this.texts = texts;
    this.text = el("span", { dir: "auto" });
    this.node = el("li", { class: `line line-${entry.line}` }, icon(LINE_ICONS[entry.line] ?? "spark"), this.text);
  }

  update(entry) {
    this.text.textContent = lineText(entry, this.texts);
  }
}

/** Buttons for the customer; after one is pressed, or he writes, they are gone. */
export class ChoicesView {
  constructor(entry, { texts, act }) {
    this.texts = texts;
    this.act = act;
    this.node = el("li", { class: "choices" });
  }

  update(entry) {
    const chosen = entry.items.find((item) => item.id === entry.chosen);
    if (entry.isOver) this.node.replaceChildren();
    else if (chosen) {
      const text = this.texts.say("chosen", { label: chosen.label });
      this.node.replaceChildren(el("p", { class: "chosen" }, icon("check"), text));
    } else this.node.replaceChildren(this.group(entry));
  }

  group(entry) {
    const choose = (item) => {
      this.act({ type: "choice", id: item.id });
      entry.chosen = item.id;
      this.update(entry);
      document.getElementById("text").focus();
    };
    return el(
      "div",
      { class: "choice-row", role: "group", "aria-label": this.texts.say("choices") },
      ...entry.items.map((item) =>
        el("button", { type: "button", class: "choice", dir: "auto", text: item.label, on: { click: () => choose(item) } }),
      ),
    );
  }
}

/** The survey: five radio buttons and a comment. */
export class SurveyView {
  constructor(entry, { texts, act }) {
    this.texts = texts;
    this.act = act;
    this.node = el("li", { class: "card survey" });
  }

  update(entry) {
    if (entry.isAnswered) this.node.replaceChildren(done(this.texts.say("surveyDone")));
    else if (entry.isSkipped) this.node.replaceChildren();
    else if (!this.node.firstChild) this.node.append(this.form(entry));
    this.node.classList.toggle("is-empty", !this.node.firstChild);
  }

  form(entry) {
    const name = `score-${entry.episode}`;
    const words = this.texts.list("surveyScale");
    const scale = words.map((word, index) =>
      el(
        "label",
        { class: "score", title: word },
        el("input", { type: "radio", name, value: index + 1, required: true, "aria-label": `${index + 1}: ${word}` }),
        icon("star"),
      ),
    );
    const word = el("p", { class: "score-word", "aria-hidden": "true" });
    const label = this.texts.say("surveyComment");
    const comment = el("textarea", { rows: 2, maxlength: 1000, "aria-label": label, placeholder: label });
    const submit = (event) => {
      event.preventDefault();
      const score = Number(event.target.elements[name].value);
      this.act({ type: "csat", score, comment: comment.value.trim() });
      entry.isAnswered = true;
      this.update(entry);
    };
    const skip = () => {
      entry.isSkipped = true;
      this.update(entry);
      document.getElementById("text").focus();
    };
    const show = (event) => {
      if (event.target.name === name) word.textContent = words[Number(event.target.value) - 1];
    };
    return el(
      "form",
      { on: { submit, change: show } },
      el("fieldset", {}, el("legend", { text: this.texts.say("surveyTitle") }), el("div", { class: "scores" }, ...scale), word),
      comment,
      el(
        "div",
        { class: "row" },
        el("button", { type: "submit", class: "primary", text: this.texts.say("send") }),
        el("button", { type: "button", class: "plain", text: this.texts.say("skip"), on: { click: skip } }),
      ),
    );
  }
}

/** How to be reached when nobody is there. */
export class ContactView {
  constructor(entry, { texts, act }) {
    this.texts = texts;
    this.act = act;
    this.node = el("li", { class: "card contact" });
  }

  update(entry) {
    if (entry.isDone) this.node.replaceChildren(done(this.texts.say("contactDone")));
    else if (!this.node.firstChild) this.node.append(this.form(entry));
  }

  form(entry) {
    const problem = el("p", { class: "field-problem", id: `${entry.key}-problem`, role: "alert" });
    const contact = el("input", { type: "text", class: "line-input", maxlength: 320, autocomplete: "email", "aria-describedby": problem.id });
    const text = el("textarea", { rows: 2, maxlength: 2000 });
    const submit = (event) => {
      event.preventDefault();
      const isMissing = !/\S+@\S+|\d{4}/.test(contact.value.replace(/[\s()-]/g, ""));
      contact.setAttribute("aria-invalid", String(isMissing));
      problem.textContent = isMissing ? this.texts.say("contactMissing") : "";
      if (isMissing) return contact.focus();
      this.act({ type: "contact", contact: contact.value.trim(), text: text.value.trim() });
      entry.isDone = true;
      this.update(entry);
    };
    return el(
      "form",
      { novalidate: true, on: { submit } },
      el("h2", { text: this.texts.say("contactTitle") }),
      el("p", { text: this.texts.say("contactIntro") }),
      el("label", {}, el("span", { text: this.texts.say("contactField") }), contact),
      problem,
      el("label", {}, el("span", { text: this.texts.say("contactText") }), text),
      el("div", { class: "row" }, el("button", { type: "submit", class: "primary", text: this.texts.say("contactSend") })),
    );
  }
}

function done(text) {
  return el("p", { class: "done", role: "status" }, icon("check"), text);
}
