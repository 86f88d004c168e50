// Which files may be sent, as far as a browser can tell; the server looks at the bytes, too.

const ENDINGS = {
  "image/png": [".png"],
  "image/jpeg": [".jpg", ".jpeg"],
  "image/webp": [".webp"],
  "application/pdf": [".pdf"],
  "text/plain": [".txt"],
};

/** For the `accept` of a file input. */
export const ACCEPTED = [...Object.keys(ENDINGS), ...Object.values(ENDINGS).flat()].join(",");

/**
 * Return the media type of a file: what the browser says, else what its name says.
 *
 * @param {{name: string, type: string}} file
 * @returns {string} empty when it is none that may be sent
 */
export function typeOf({ name, type }) {
  const said = type.split(";")[0].trim().toLowerCase();
  if (ENDINGS[said]) return said;
  if (said) return "";
  const found = Object.entries(ENDINGS).find(([, endings]) => endings.some((end) => name.toLowerCase().endsWith(end)));
  return found?.[0] ?? "";
}

/**
 * Return the key of the text that says why a file cannot be sent.
 *
 * @param {{name: string, type: string, size: number}} file
 * @param {number} mostBytes
 * @returns {string} empty when it can
 */
export function refusalOf(file, mostBytes) {
  if (!typeOf(file)) return "fileType";
  if (file.size > mostBytes) return "fileTooBig";
  return file.size === 0 ? "fileEmpty" : "";
}

/**
 * Return a size in words, such as `34 kB`.
 *
 * @param {number} bytes
 * @param {string} locale
 * @returns {string}
 */
export function sizeText(bytes, locale) {
  const [unit, value] = bytes >= 1e6 ? ["megabyte", bytes / 1048576] : ["kilobyte", Math.max(1, Math.round(bytes / 1024))];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}
