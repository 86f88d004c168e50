// The widget's own words, in the customer's language. Only the language in use is loaded.

const LANGUAGES = ["en", "es", "fr", "de", "ar"];
const RIGHT_TO_LEFT = new Set(["ar"]);

/**
 * Return the first wanted language that there are texts for, English when there is none.
 *
 * @param {Iterable<string>} wanted tags such as `de-CH`, best first.
 * @returns {{language: string, locale: string, direction: "ltr"|"rtl"}} `locale` is the whole tag.
 */
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    const language = String(tag ?? "").toLowerCase().split(/[-_]/)[0];
    if (LANGUAGES.includes(language)) {
      const locale = String(tag).replace(/_/g, "-");
      const direction = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
      return { language, locale: isLocale(locale) ? locale : language, direction };
    }
  }
  return { language: "en", locale: "en", direction: "ltr" };
}

function isLocale(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** The texts of one language. */
export class Texts {
  /**
   * @param {Record<string, any>} words
   * @param {string} locale
   */
  constructor(words, locale) {
    this.words = words;
    this.locale = locale;
    this.plural = new Intl.PluralRules(locale);
    this.number = new Intl.NumberFormat(locale);
  }

  /**
   * Return a text with its `{names}` filled in.
   *
   * @param {string} key
   * @param {Record<string, string|number>} [values] `count` also picks the plural form.
   * @returns {string}
   */
  say(key, values = {}) {
    const entry = this.words[key];
    const text = typeof entry === "string" ? entry : this.form(entry, values.count);
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name] ?? "";
      return typeof value === "number" ? this.number.format(value) : value;
    });
  }

  form(entry, count) {
    return entry[this.plural.select(count)] ?? entry.other;
  }

  /**
   * Return a list of texts, such as the reasons of a thumb down.
   *
   * @param {string} key
   * @returns {string[]}
   */
  list(key) {
    return this.words[key];
  }

  /**
   * Return the words for a kind of hidden personal data, such as `EMAIL`.
   *
   * @param {string} kind
   * @returns {string|null}
   */
  hidden(kind) {
    const word = this.words.hidden[kind];
    return word ? this.say("hiddenNote", { kind: word }) : null;
  }
}

/**
 * Load the texts of a language.
 *
 * @param {{language: string, locale: string}} choice
 * @returns {Promise<Texts>}
 */
export async function loadTexts({ language, locale }) {
  const module = await import(`./texts/${language}.js`);
  return new Texts(module.default, locale);
}
