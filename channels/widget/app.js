// Puts the frame together and starts it.

import { Bridge } from "./bridge.js";
import { Calendar } from "./calendar.js";
import { Chat } from "./chat.js";
import { Dialog } from "./dialog.js";
import { Outbox } from "./outbox.js";
import { lastingStorage, Store } from "./store.js";
import { chooseLanguage, loadTexts } from "./texts.js";
import { View } from "./view.js";

const ALONE = { locale: "", identity: { state: "visitor" }, isModal: true, isOpen: true };

async function start() {
  const bridge = new Bridge(window);
  const initial = bridge.next("init");
  bridge.tell("ready");
  const setup = bridge.isAlone ? ALONE : await initial;
  const choice = chooseLanguage([setup.locale, ...navigator.languages]);
  document.documentElement.lang = choice.locale;
  document.documentElement.dir = choice.direction;
  const texts = await loadTexts(choice);
  const siteKey = new URLSearchParams(location.search).get("key") ?? "";
  const store = new Store(lastingStorage(window), siteKey);
  const look = readLook();
  const chat = new Chat({
    bridge,
    texts,
    store,
    outbox: new Outbox(store),
    view: new View({ texts, look }),
    calendar: new Calendar(choice.locale),
    siteKey,
    locale: setup.locale || choice.locale,
  });
  const dialog = new Dialog(document.getElementById("widget"), () => chat.close());
  dialog.setModal(setup.isModal);
  chat.begin(setup.identity, setup.isOpen);
  bridge.on("layout", ({ isModal }) => dialog.setModal(isModal));
  bridge.on("open", () => chat.open());
  bridge.on("closed", () => chat.hidden());
  bridge.on("identity", ({ identity }) => chat.adopt(identity));
}

function readLook() {
  try {
    return { brand: "", greeting: "", starters: [], ...JSON.parse(document.querySelector("meta[name=look]").content) };
  } catch {
    return { brand: "", greeting: "", starters: [] };
  }
}

start();
