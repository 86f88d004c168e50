// Days and times as the customer's language writes them.

/** Formats instants; made once per language. */
export class Calendar {
  /** @param {string} locale */
  constructor(locale) {
    this.time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
    this.day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
    this.full = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "short" });
    this.near = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    this.locale = locale;
  }

  /** @param {Date} at @returns {string} `14:05` */
  clock(at) {
    return this.time.format(at);
  }

  /** @param {Date} at @returns {string} day and time, for a tooltip or a file */
  whole(at) {
    return this.full.format(at);
  }

  /**
   * Return the heading of a day: Today, Yesterday, or the date.
   *
   * @param {Date} at
   * @param {Date} now
   * @returns {string}
   */
  heading(at, now) {
    const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
    const words = days === 0 || days === -1 ? this.near.format(days, "day") : this.day.format(at);
    return words.charAt(0).toLocaleUpperCase(this.locale) + words.slice(1);
  }
}

function midnight(at) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/**
 * Return the instant in a frame's `ts`, an ISO text or seconds or milliseconds since the epoch.
 *
 * @param {string|number|undefined} ts
 * @param {Date} now stands in for what cannot be read.
 * @returns {Date}
 */
export function instant(ts, now) {
  const value = typeof ts === "number" && ts < 1e11 ? ts * 1000 : ts;
  const at = new Date(value ?? NaN);
  return Number.isNaN(at.getTime()) ? now : at;
}
