// Drawings for the emoji that the product uses: not every machine has a font for them.
const SVG = "http://www.w3.org/2000/svg";
const GREEN = "#2f9e5b", RED = "#d9463d", YELLOW = "#f0b429", BLUE = "#3b82c4", GREY = "#8b9a9e", PALE = "#f4f6f6", DARK = "#3c474b";
const line = (d, stroke, width = 2.2) => ({ d, fill: "none", stroke, width });
const shape = (d, fill) => ({ d, fill });
const disc = (fill) => [shape("M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16z", fill)];
const box = (fill) => shape("M5 2h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z", fill);
const glass = [shape("M5 3h10l-4 7 4 7H5l4-7z", "#cfe3ea"), shape("M7 15.8h6l-3-3.3z", YELLOW), line("M4 2.6h12M4 17.4h12", DARK, 1.8)];
const padlock = [line("M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9", GREY), shape("M4.5 9h11v8.5h-11z", YELLOW), shape("M9 12h2v3H9z", DARK)];
const sheet = [shape("M4 2h12v16H4z", PALE), line("M4 2h12v16H4z", GREY, 1), line("M6.5 6h7M6.5 9h7M6.5 12h4.5", GREY, 1.3)];
const pencil = [shape("M13.5 3l3.5 3.5L7.5 16 3 17l1-4.5z", YELLOW), shape("M4 12.5 3 17l4.5-1z", DARK)];

const DRAWN = {
  white_check_mark: [box(GREEN), line("M5.5 10.5l3 3 6-7", "#ffffff", 2.4)],
  heavy_check_mark: [line("M3.5 10.5l4.5 4.5 8.5-10", GREEN, 2.8)],
  x: [line("M4 4l12 12M16 4 4 16", RED, 3)],
  large_green_circle: disc(GREEN),
  large_yellow_circle: disc(YELLOW),
  large_blue_circle: disc(BLUE),
  red_circle: disc(RED),
  white_circle: [...disc(PALE), line("M10 2.6a7.4 7.4 0 1 0 0 14.8 7.4 7.4 0 0 0 0-14.8z", GREY, 1.2)],
  hourglass: glass,
  hourglass_flowing_sand: glass,
  lock: padlock,
  warning: [shape("M10 1.8 19 17.5H1z", YELLOW), line("M10 7v5M10 14.8v.2", DARK, 2)],
  no_entry: [...disc(RED), line("M5.5 10h9", "#ffffff", 2.6)],
  information_source: [box(BLUE), line("M10 9v5.5M10 5.8v.2", "#ffffff", 2.2)],
  memo: [...sheet, shape("M14 8l3.5 3-6 6.5-3 .5.4-3z", YELLOW)],
  page_facing_up: sheet,
  pencil2: pencil,
  again: [box(BLUE), line("M5.5 9a4.7 4.7 0 0 1 8.5-2M14.5 11a4.7 4.7 0 0 1-8.5 2M14.2 4v3h-3M5.8 16v-3h3", "#ffffff", 1.5)],
  arrows_counterclockwise: [box(BLUE), line("M5.5 9a4.7 4.7 0 0 1 8.5-2M14.5 11a4.7 4.7 0 0 1-8.5 2M14.2 4v3h-3M5.8 16v-3h3", "#ffffff", 1.5)],
  eyes: [shape("M5.5 4c2.3 0 4 2.6 4 6s-1.7 6-4 6-4-2.6-4-6 1.7-6 4-6zM14.5 4c2.3 0 4 2.6 4 6s-1.7 6-4 6-4-2.6-4-6 1.7-6 4-6z", PALE), line("M5.5 4c2.3 0 4 2.6 4 6s-1.7 6-4 6-4-2.6-4-6 1.7-6 4-6zM14.5 4c2.3 0 4 2.6 4 6s-1.7 6-4 6-4-2.6-4-6 1.7-6 4-6z", GREY, 1), shape("M4.5 8c1.2 0 2 1 2 2.5s-.8 2.5-2 2.5-2-1-2-2.5.8-2.5 2-2.5zM13.5 8c1.2 0 2 1 2 2.5s-.8 2.5-2 2.5-2-1-2-2.5.8-2.5 2-2.5z", DARK)],
  "+1": [shape("M2.5 9H6v8.5H2.5z", BLUE), shape("M7 9.5 10 2.5c2 0 2.6 1.6 2.3 3L11.8 8H16c1.5 0 2.2 1.2 1.9 2.5l-1.3 5.3c-.3 1-1 1.7-2.2 1.7H7z", YELLOW)],
  "-1": [shape("M2.5 11H6V2.5H2.5z", BLUE), shape("M7 10.5 10 17.5c2 0 2.6-1.6 2.3-3L11.8 12H16c1.5 0 2.2-1.2 1.9-2.5l-1.3-5.3c-.3-1-1-1.7-2.2-1.7H7z", YELLOW)],
  pray: [shape("M9.5 2.5c.5 3-.2 6-1.5 8.5l-3.5 6.5H9.5zM10.5 2.5c-.5 3 .2 6 1.5 8.5l3.5 6.5H10.5z", YELLOW), line("M6 12.5l-2.5 2M14 12.5l2.5 2", BLUE, 2.4)],
  tada: [shape("M2 18 6.5 6.5l7 7z", YELLOW), line("M9 4.5c1-1.5 2-1.5 2.5-2.5M14 8.5c1-1.5 2.5-1 3.5-2", RED, 1.6), shape("M14 2.5h1.8v1.8H14zM16.5 11h1.8v1.8h-1.8zM12 5.5h1.5V7H12z", BLUE)],
  bell: [shape("M10 2.5c3.5 0 5 2.5 5 5.5 0 4 1.5 5 2 6.5H3C3.5 13 5 12 5 8c0-3 1.5-5.5 5-5.5zM8 15.5h4c0 1.3-.8 2-2 2s-2-.7-2-2z", YELLOW)],
  rotating_light: [shape("M5 15v-4a5 5 0 0 1 10 0v4z", RED), shape("M3.5 15h13v3h-13z", GREY), line("M10 2v1.5M3 5l1.2 1.2M17 5l-1.2 1.2", RED, 1.6)],
  speech_balloon: [shape("M2 3.5h16v10.5h-8l-4.5 3.5v-3.5H2z", PALE), line("M2 3.5h16v10.5h-8l-4.5 3.5v-3.5H2z", GREY, 1.1)],
  paperclip: [line("M14.5 7v6.5a4 4 0 0 1-8 0V5.5a2.7 2.7 0 0 1 5.4 0v7.5a1.3 1.3 0 0 1-2.6 0V7", GREY, 1.6)],
};

/** The names of what is drawn. */
export const NAMES = Object.keys(DRAWN);

/** Return a drawing of an emoji, or null. */
export function drawn(name) {
  if (!Object.hasOwn(DRAWN, name)) return null;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  for (const { d, fill, stroke, width } of DRAWN[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", fill);
    if (stroke) {
      path.setAttribute("stroke", stroke);
      path.setAttribute("stroke-width", width);
      path.setAttribute("stroke-linecap", "round");
      path.setAttribute("stroke-linejoin", "round");
    }
    svg.append(path);
  }
  return svg;
}
