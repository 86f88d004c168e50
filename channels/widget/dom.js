// Elements, built without a single string of HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Return a new element.
 *
 * `props` become attributes, except `class`, `text` (its text) and `on` (listeners by event name).
 * True sets an empty attribute, false, null and undefined leave it out.
 *
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === "text") node.textContent = value;
    else if (name === "class") node.className = value;
    else if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const PATHS = {
  close: ["M6 6l12 12", "M18 6L6 18"],
  send: ["M12 19V5", "M5.5 11.5L12 5l6.5 6.5"],
  stop: ["M7.5 7.5h9v9h-9z"],
  person: ["M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z", "M4.5 20c.9-3.6 3.9-5.5 7.5-5.5s6.6 1.9 7.5 5.5"],
  download: ["M12 4v11", "M7 10.5l5 5 5-5", "M5 20h14"],
  up: ["M7 10.5v9H4v-9z", "M7 11l4-7.5c1.6 0 2.4 1.1 2.1 2.6l-.7 3.4h5.8c1.3 0 2.1 1.2 1.7 2.4l-2 6.2c-.3.9-1 1.4-1.9 1.4H7"],
  down: ["M17 13.5v-9h3v9z", "M17 13l-4 7.5c-1.6 0-2.4-1.1-2.1-2.6l.7-3.4H5.8c-1.3 0-2.1-1.2-1.7-2.4l2-6.2c.3-.9 1-1.4 1.9-1.4h9"],
  arrow: ["M12 5v14", "M6 13l6 6 6-6"],
  source: ["M7 3.5h7l4 4v13H7z", "M14 3.5v4h4", "M10 12h5", "M10 15.5h5"],
  open: ["M13 5h6v6", "M19 5l-8.5 8.5", "M17 14v5H5V7h5"],
  warn: ["M12 4l9 16H3z", "M12 10v4.5", "M12 17.2v.3"],
  offline: ["M4 4l16 16", "M8.5 15.5a5 5 0 0 1 6 -.6", "M5.5 12a9 9 0 0 1 4-2.3", "M13.5 9.4a9 9 0 0 1 5 2.6", "M12 19v.2"],
  clip: ["M19 11.5l-7.3 7.3a4.5 4.5 0 0 1-6.4-6.4l7.8-7.8a3 3 0 0 1 4.3 4.3l-7.5 7.5a1.5 1.5 0 0 1-2.2-2.2l6.7-6.7"],
  picture: ["M4 5h16v14H4z", "M4 16l4.5-4.5 3.5 3.5 3-2.5 5 4.5", "M15.5 9.5v.2"],
  again: ["M19 12a7 7 0 1 1-2.2-5.1", "M19 4v4h-4"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  clock: ["M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z", "M12 8v4.5l3 1.8"],
  spark: ["M12 3l2 6.5L20.5 12 14 14.5 12 21l-2-6.5L3.5 12 10 9.5z"],
  star: ["M12 4l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"],
};

/**
 * Return a decorative line icon of 24 units; its meaning stands in text beside it.
 *
 * @param {keyof typeof PATHS} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  for (const d of PATHS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
