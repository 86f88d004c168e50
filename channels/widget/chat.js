// The conversation in this window: frames in, the screen and acts out.

import { Announcer } from "./announcer.js";
import { lineText } from "./cards.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Downloader } from "./downloader.js";
import { List } from "./list.js";
import { Postman } from "./postman.js";
import { customerOf, Session } from "./session.js";
import { State } from "./state.js";
import { saveText, transcriptOf } from "./transcript.js";
import { Tray } from "./tray.js";
import { Uploader } from "./uploader.js";

const READ_MS = 600;
const HUMAN_WAIT_MS = 10_000;
const IDENTITY_MS = 10_000;
const LONGEST_FRAME_MS = 150;

/** One conversation and its window. */
export class Chat {
  /** @param {object} parts see `app.js` */
  constructor({ bridge, texts, store, outbox, view, calendar, siteKey, locale }) {
    Object.assign(this, { bridge, texts, store, outbox, view, calendar });
    this.state = new State();
    this.isOpen = false;
    this.askedAt = 0;
    this.knownSeq = null;
    this.session = new Session({
      siteKey,
      locale,
      store,
      askIdentity: () => this.askIdentity(),
      onOther: () => this.forget(),
      onStranger: (identity) => this.become(identity),
      onRenewed: (token) => this.connection.send({ type: "auth", token }),
    });
    this.connection = new Connection({
      session: this.session,
      onFrame: (frame) => this.take(frame),
      onPhase: (phase, reason) => this.phase(phase, reason),
    });
    this.postman = new Postman({
      outbox,
      send: (frame) => this.connection.send(frame),
      onChange: () => this.schedule(),
      onProblem: (key, values) => view.showProblem(key ? texts.say(key, values) : ""),
    });
    this.build();
  }

  build() {
    const { texts, calendar, view } = this;
    const act = (frame) => this.postman.post(frame);
    this.announcer = new Announcer(view.live);
    this.list = new List({ scroller: view.log, list: view.entries, jump: view.jump, tools: { texts, calendar, act, downloader: new Downloader(this.session, (key, values) => view.showProblem(texts.say(key, values))) } });
    this.tray = new Tray({
      widget: view.widget,
      texts,
      store: this.store,
      uploader: new Uploader(this.session),
      onChange: () => this.composer.show(),
    });
    this.composer = new Composer({
      form: document.getElementById("composer"),
      texts,
      store: this.store,
      tray: this.tray,
      onSend: (text, files) => this.say(text, files),
      onTyping: (on) => this.connection.send({ type: "typing", on }),
    });
    view.showStart((text) => {
      this.say(text);
      this.composer.focus();
    });
    view.onLate = () => this.schedule();
    view.close.addEventListener("click", () => this.close());
    view.save.addEventListener("click", () => this.save());
    view.human.addEventListener("click", () => this.askHuman());
    view.stop.addEventListener("click", () => this.stop());
    view.log.addEventListener("scroll", () => this.noteRead(), { passive: true });
    document.addEventListener("visibilitychange", () => document.hidden || this.schedule());
    addEventListener("storage", (event) => {
      if (this.store.isCustomerKey(event.key)) this.bridge.tell("identity");
    });
  }

  /** Begin for a customer; a visitor who never opened the window makes no connection. */
  begin(identity, isOpen) {
    this.customer = null;
    if (identity.state === "failed") this.session.adopt(identity);
    else this.become(identity);
    this.render();
    if (isOpen) this.open();
  }

  /**
   * The page says who the customer is now. Another one sees nothing of the one before; an identity
   * that could not be had makes nobody a visitor.
   */
  adopt(identity) {
    if (this.identityAsked) return this.identityAsked(identity);
    const isSame = identity.state === "failed" || customerOf(identity) === this.customer;
    if (!isSame) return this.become(identity);
    this.session.adopt(identity);
    if (this.isOpen) this.connection.start();
    return undefined;
  }

  become(identity) {
    this.connection.stop();
    this.session.adopt(identity);
    this.customer = customerOf(identity);
    this.store.become(this.customer);
    this.outbox.reload();
    this.postman.forget();
    this.tray.clear();
    this.composer.restore();
    this.composer.enable(true);
    this.view.lock(false);
    this.forget();
    if (this.isOpen || this.store.get("conversation")) this.connection.start();
  }

  askIdentity() {
    this.bridge.tell("identity");
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.identityAsked({ state: "failed" }), IDENTITY_MS);
      this.identityAsked = (identity) => {
        clearTimeout(timer);
        this.identityAsked = null;
        resolve(identity);
      };
    });
  }

  forget() {
    this.state.clear();
    this.connection.rewind();
    this.announcer.clear();
    this.knownSeq = null;
    this.askedAt = 0;
    this.tray.rehome();
    this.render();
    this.bridge.tell("unread", { count: 0, label: "" });
  }

  open() {
    this.isOpen = true;
    this.connection.start();
    this.render();
    this.list.toEnd();
    this.composer.focus();
  }

  /** The customer closed the window. */
  close() {
    this.hidden();
    this.bridge.tell("close");
  }

  hidden() {
    this.isOpen = false;
    this.composer.stopTyping();
    this.composer.keepDraft();
  }

  say(text, files = []) {
    const letter = this.postman.write(text, files);
    this.state.keepOwn(letter.id, text, files);
    this.connection.start();
    this.list.isAtEnd = true;
    this.render();
  }

  stop() {
    if (this.state.answering) this.connection.send({ type: "stop", message_id: this.state.answering });
    this.composer.focus();
  }

  askHuman() {
    if (this.view.human.getAttribute("aria-disabled") === "true") return;
    this.askedAt = Date.now();
    this.connection.start();
    this.postman.post({ type: "human" });
    this.schedule();
    setTimeout(() => this.schedule(), HUMAN_WAIT_MS + 100);
  }

  take(frame) {
    if (frame.type === "welcome") this.welcome(frame);
    else if (frame.type === "error") this.postman.refused(frame);
    else if (frame.type === "repeated") this.postman.accepted(frame.client_id);
    else if (this.state.apply(frame, Date.now())) this.applied(frame);
    this.schedule();
  }

  welcome(frame) {
    this.knownSeq ??= frame.head_seq ?? 0;
    this.limit(frame.limits ?? {});
    this.postman.online();
    if (this.composer.isTyping) this.connection.send({ type: "typing", on: true });
  }

  /** The event stream says nothing of limits; there, what the server takes shows with the first file. */
  limit({ text_chars: chars, file_bytes: bytes, files }) {
    if (!chars) return;
    this.composer.limit(chars);
    if (bytes) this.tray.limit(bytes, files);
    else this.tray.hide();
  }

  applied(frame) {
    if (frame.type === "escalation") this.askedAt = 0;
    if (frame.type === "message.accepted") this.postman.accepted(frame.client_id);
    if (frame.type === "snapshot") {
      for (const entry of this.state.entries) if (entry.id && entry.author === "customer") this.postman.accepted(entry.key.slice(2));
    }
    this.announce(frame);
    this.countUnread();
    if (frame.type === "typing" || frame.type === "status") setTimeout(() => this.schedule(), 6_100);
  }

  announce(frame) {
    const entry = this.state.index.get(`m:${frame.message_id}`);
    const isOld = frame.type === "snapshot" || (frame.seq ?? Infinity) <= this.knownSeq;
    if (isOld) {
      for (const each of frame.type === "snapshot" ? this.state.entries : [entry]) {
        if (each?.kind === "message") this.announcer.skip(each);
      }
    } else if (entry && frame.type.startsWith("message.")) this.announcer.follow(entry, this.speaker(entry));
    else if (frame.type === "escalation" || frame.type === "notice" || frame.type === "conversation.closed") {
      this.announcer.say(lineText(this.state.entries.findLast((each) => each.kind === "line"), this.texts));
    } else if (frame.type === "choices") {
      const labels = (frame.items ?? []).map((item) => item.label).join(", ");
      this.announcer.say(`${this.texts.say("choices")}: ${labels}`);
    } else if (frame.type === "csat.request") this.announcer.say(this.texts.say("surveyTitle"));
  }

  speaker(entry) {
    if (entry.author === "customer") return this.texts.say("you");
    if (entry.author === "agent") return entry.name || this.texts.say("aPerson");
    return this.texts.say("bot");
  }

  phase(phase, reason) {
    if (phase !== "online") this.postman.offline();
    this.view.showPhase(phase, reason, phase === "stopped" ? this.remedy(reason) : null);
    const isLocked = phase === "stopped" && (reason === "forbidden" || this.customer === null);
    this.composer.enable(!isLocked);
    this.view.lock(isLocked);
    this.schedule();
  }

  remedy(reason) {
    const again = (key, before) => ({
      label: this.texts.say(key),
      run: () => {
        before();
        this.view.banner.hidden = true;
        this.connection.start();
        this.composer.focus();
      },
    });
    if (reason === "elsewhere") return again("useHere", () => {});
    if (reason === "gone") return again("startNew", () => this.session.leave());
    if (reason === "signedOut") return { label: this.texts.say("retry"), run: () => this.bridge.tell("identity") };
    return null;
  }

  countUnread() {
    if (this.isOpen && !document.hidden) return;
    const count = this.state.answersAfter(this.store.get("read", 0)).length;
    this.bridge.tell("unread", { count, label: count ? this.texts.say("unread", { count }) : "" });
  }

  noteRead() {
    const seq = this.state.headSeq;
    const isSeen = this.isOpen && !document.hidden && this.list.isAtEnd;
    if (!isSeen || seq <= this.store.get("read", 0)) return;
    this.store.set("read", seq);
    this.bridge.tell("unread", { count: 0, label: "" });
    clearTimeout(this.readTimer);
    this.readTimer = setTimeout(() => this.connection.send({ type: "read", seq: this.state.headSeq }), READ_MS);
  }

  /** Render at the next frame; the timer is for browsers that give a covered iframe no frames. */
  schedule() {
    if (this.scheduled || !this.isOpen) return;
    const run = () => {
      if (this.scheduled !== run) return;
      clearTimeout(timer);
      this.scheduled = null;
      this.render();
    };
    const timer = setTimeout(run, LONGEST_FRAME_MS);
    this.scheduled = run;
    requestAnimationFrame(run);
  }

  render() {
    const now = Date.now();
    const entries = [...this.state.entries, ...this.pending()];
    const isLonger = this.list.render(entries, new Date(now));
    const isAsked = now - this.askedAt < HUMAN_WAIT_MS;
    this.view.render(this.state, { isEmpty: entries.length === 0, now, isAsked });
    this.list.follow(isLonger);
    this.noteRead();
  }

  /** What is not confirmed yet, as entries at the end of the list. */
  pending() {
    return this.postman.unconfirmed().filter((entry) => !this.state.index.has(entry.key));
  }

  save() {
    const title = this.texts.say("transcriptTitle", { brand: this.view.look.brand });
    const text = transcriptOf([...this.state.entries, ...this.pending()], {
      title,
      file: (name) => this.texts.say("fileLine", { name }),
      speaker: (entry) => this.speaker(entry),
      line: (entry) => lineText(entry, this.texts),
      when: (at) => this.calendar.whole(at),
    });
    saveText(text, `${title.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase()}.txt`);
  }
}
