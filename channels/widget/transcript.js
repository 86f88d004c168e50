// The conversation as a text file, made here and sent nowhere.

import { plain } from "./markdown.js";

/**
 * Return the transcript of what is on the screen.
 *
 * @param {import("./state.js").Entry[]} entries
 * @param {object} words
 * @param {string} words.title
 * @param {(name: string) => string} words.file the line of a file that was sent
 * @param {(entry: object) => string} words.speaker
 * @param {(entry: object) => string} words.line the sentence of a line that is no message
 * @param {(at: Date) => string} words.when
 * @returns {string}
 */
export function transcriptOf(entries, { title, file, speaker, line, when }) {
  const parts = [title, "=".repeat(title.length), ""];
  for (const entry of entries) {
    const text = entry.kind === "message" ? bodyOf(entry) : entry.kind === "line" ? line(entry) : "";
    const files = entry.attachments ?? [];
    if (!text && !files.length) continue;
    const who = entry.kind === "message" ? `${speaker(entry)}:` : "*";
    parts.push(`[${when(entry.at)}] ${who} ${text}`);
    for (const { name } of files) parts.push(`    ${file(name)}`);
    for (const source of entry.citations ?? []) {
      parts.push(`    [${source.n}] ${source.title}${source.url ? ` <${source.url}>` : ""}`);
    }
    parts.push("");
  }
  return parts.join("\r\n");
}

function bodyOf(entry) {
  return (entry.author === "customer" ? entry.text : plain(entry.text)).replace(/\n/g, "\r\n    ");
}

/**
 * Give a text to the customer as a file.
 *
 * @param {string} text
 * @param {string} name
 */
export function saveText(text, name) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
