// Everything around the list: header, banner, first screen, activity, and the buttons.

import { el, icon } from "./dom.js";

const LATE_MS = 1_200;
const BACK_MS = 2_500;
const MOST_HEADING_CHARS = 60;

/** The fixed parts of the window. */
export class View {
  /**
   * @param {object} parts
   * @param {import("./texts.js").Texts} parts.texts
   * @param {{brand: string, greeting: string, starters: string[]}} parts.look
   */
  constructor({ texts, look }) {
    this.texts = texts;
    this.look = look;
    for (const id of ["widget", "brand", "mark", "dot", "presence", "save", "close", "banner", "log", "start", "entries", "activity", "jump", "human", "stop", "problem", "live"]) {
      this[id] = document.getElementById(id);
    }
    this.phase = "connecting";
    this.label();
  }

  label() {
    const { texts, look } = this;
    document.title = texts.say("dialog", { brand: look.brand });
    this.brand.textContent = look.brand;
    this.mark.setAttribute("aria-hidden", "true");
    this.log.setAttribute("aria-label", texts.say("conversation"));
    nameButton(this.save, "download", texts.say("transcript"));
    nameButton(this.close, "close", texts.say("close"));
    this.jump.append(icon("arrow"), el("span", { text: texts.say("newBelow") }));
    this.stop.append(icon("stop"), el("span", { text: texts.say("stopShort") }));
    this.stop.setAttribute("aria-label", texts.say("stop"));
    this.dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    this.doing = el("span", { dir: "auto" });
    this.activity.append(this.dots, this.doing);
  }

  /** The first screen: greeting, what this is, and questions to start with. */
  showStart(onStarter) {
    const { texts, look } = this;
    this.starters = el(
      "div",
      { class: "starters", role: "group", "aria-label": texts.say("starters") },
      ...look.starters.map((text) =>
        el("button", { type: "button", class: "starter", dir: "auto", text, on: { click: () => onStarter(text) } }),
      ),
    );
    const greeting = look.greeting || texts.say("greeting");
    const kind = greeting.length > MOST_HEADING_CHARS ? "greeting is-long" : "greeting";
    this.start.replaceChildren(
      el("p", { class: kind, dir: "auto", text: greeting }),
      el("p", { class: "disclosure" }, icon("spark"), el("span", { text: texts.say("disclosure") })),
      this.starters,
    );
  }

  /**
   * @param {import("./state.js").State} state
   * @param {{isEmpty: boolean, now: number, isAsked: boolean}} more
   */
  render(state, { isEmpty, now, isAsked }) {
    this.start.classList.toggle("is-empty", isEmpty);
    this.starters.hidden = !isEmpty || this.look.starters.length === 0;
    this.stop.hidden = !state.answering;
    this.showActivity(state.activity(now));
    this.showHuman(state.human, isAsked);
    this.showPresence(state.human);
  }

  showActivity({ isOn, text, name }) {
    this.activity.hidden = !isOn;
    if (!isOn) return;
    const words = text || (name ? this.texts.say("agentTyping", { name }) : this.texts.say("thinking"));
    if (this.doing.textContent !== words) this.doing.textContent = words;
    this.doing.classList.toggle("sr-only", !text && !name);
  }

  showHuman({ state, name }, isAsked) {
    const person = name || this.texts.say("aPerson");
    const isBusy = state !== "none" || isAsked;
    let words = this.texts.say("human");
    if (state === "joined") words = this.texts.say("humanHere", { name: person });
    else if (isBusy) words = this.texts.say("humanAsked");
    if (this.human.dataset.words === words) return;
    this.human.dataset.words = words;
    this.human.replaceChildren(icon(isBusy && state !== "joined" ? "clock" : "person"), el("span", { text: words }));
    this.human.setAttribute("aria-disabled", String(isBusy));
  }

  showPresence({ state, name }) {
    const isHere = state === "joined";
    const words = {
      online: isHere ? this.texts.say("humanHere", { name: name || this.texts.say("aPerson") }) : this.texts.say("subtitle"),
      connecting: this.texts.say(this.wasOnline ? "reconnecting" : "connecting"),
      waiting: this.texts.say("reconnecting"),
      stopped: this.texts.say("subtitle"),
    };
    this.presence.textContent = this.isLate || this.phase === "online" ? words[this.phase] : words.online;
    this.dot.className = `dot dot-${this.phase === "online" || !this.isLate ? "on" : "off"}`;
    const sign = isHere ? [...(name || this.texts.say("aPerson"))][0].toLocaleUpperCase() : "";
    if (this.mark.dataset.sign === sign) return;
    this.mark.dataset.sign = sign;
    this.mark.classList.toggle("is-human", isHere);
    this.mark.replaceChildren(isHere ? sign : icon("spark"));
  }

  /**
   * Show how the connection is. A short gap is not worth a word.
   *
   * @param {string} phase
   * @param {string} reason
   * @param {{label: string, run: () => void}|null} remedy
   */
  showPhase(phase, reason, remedy) {
    this.phase = phase;
    this.widget.dataset.phase = phase;
    if (phase === "online") return this.showOnline();
    if (phase === "connecting") return;
    clearTimeout(this.lateTimer);
    const isNow = phase === "stopped" || reason === "offline";
    const show = () => {
      this.isLate = true;
      this.showBanner(reason === "network" ? "lost" : reason, remedy, phase === "stopped");
      this.onLate?.();
    };
    if (isNow || this.isLate) show();
    else this.lateTimer = setTimeout(show, LATE_MS);
  }

  showOnline() {
    clearTimeout(this.lateTimer);
    const wasLate = this.isLate;
    this.isLate = false;
    this.banner.hidden = true;
    this.banner.replaceChildren();
    if (wasLate && this.wasOnline) {
      this.showBanner("back", null, false);
      this.banner.className = "banner banner-good";
      this.lateTimer = setTimeout(() => {
        this.banner.hidden = true;
      }, BACK_MS);
    }
    this.wasOnline = true;
  }

  showBanner(key, remedy, isFinal) {
    this.banner.className = `banner ${isFinal ? "banner-final" : "banner-soft"}`;
    const sign = key === "back" ? "check" : key === "offline" || key === "lost" ? "offline" : "warn";
    this.banner.replaceChildren(icon(sign), el("span", { text: this.texts.say(key) }));
    if (remedy) this.banner.append(el("button", { type: "button", text: remedy.label, on: { click: remedy.run } }));
    this.banner.hidden = false;
  }

  /** Take away what cannot work now. @param {boolean} isLocked */
  lock(isLocked) {
    this.widget.classList.toggle("is-locked", isLocked);
  }

  /** @param {string} text a polite word above the field; empty takes it away */
  showProblem(text) {
    if (this.problem.textContent !== text) this.problem.textContent = text;
  }
}

function nameButton(button, name, label) {
  button.append(icon(name));
  button.setAttribute("aria-label", label);
  button.title = label;
}
