// Drawings for the emoji that the product uses: not every machine has a font for them.
const SVG = "http://www.w3.org/2000/svg";
const GREEN = "#2f9e5b", RED = "#d9463d", YELLOW = "#f0b429", BLUE = "#3b82c4", GREY = "#8b9a9e", PALE = "#f4f6f6", DARK = "#3c474b";
const line = (d, stroke, width = 2.2) => ({ d, fill: "none", stroke, width });
const shape = (d, fill) => ({ d, fill });
const disc = (fill) => [shape("M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16z", fill)];
const box = (fill) => shape("M5 2h10a3 3 0 0 1 3 3v10a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z", fill);
const glass = [shape("M5 3h10l-4 7 4 7H5l4-7z", "#cfe3ea"), shape("M7 15.8h6l-3-3.3z", YELLOW), line("M4 2.6h12M4 17.4h12", DARK, 1.8)];
const padlock = [line("M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9", GREY), shape("M4.5 9h11v8.5h-11z", YELLOW), shape("M9 12h2v3H9z", DARK)];
const sheet = [shape("M4 2h12v16H4z", PALE), line("M6.5 6h7M6.5 9h7M6.5 12h4.5", GREY, 1.3)];
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
  eyes: [shape("M5.5 4c2.3 0 4 2.6 4 6s-1.700 6-4 6-4-2.600-4-6 1.700-6 4-6zM14.500 4c2.300 0 4 2.600 4 6s-1.700 6-4 6-4-2.600-4-6 1.700-6 4-6z", PALE), line("M5.5 4c2.3 0 4 2.6 4 6s-1.700 6-4 6-4-2.600-4-6 1.700-6 4-6zM14.500 4c2.300 0 4 2.600 4 6s-1.700 6-4 6-4-2.600-4-6 1.700-6 4-6z", GREY, 1), shape("M4.500 8c1.200 0 2 1 2 2.500s-.8 2.500-2 2.500-2-1-2-2.500.8-2.500 2-2.500zM13.500 8c1.200 0 2 1 2 2.500s-.8 2.500-2 2.500-2-1-2-2.500.8-2.500 2-2.500z", DARK)],
  "+1": [shape("M2.500 9H6v8.500H2.500z", BLUE), shape("M7 9.500 10 2.500c2 0 2.600 1.600 2.300 3L11.800 8H16c1.500 0 2.200 1.200 1.900 2.500l-1.300 5.300c-.3 1-1 1.700-2.200 1.700H7z", YELLOW)],
  pray: [shape("M9.500 2.500c.5 3-.2 6-1.500 8.500l-3.500 6.500H9.500zM10.500 2.500c-.5 3 .2 6 1.500 8.500l3.500 6.500H10.500z", YELLOW), line("M6 12.500l-2.500 2M14 12.500l2.500 2", BLUE, 2.400)],
  tada: [shape("M2 18 6.500 6.500l7 7z", YELLOW), line("M9 4.500c1-1.500 2-1.500 2.500-2.500M14 8.500c1-1.500 2.500-1 3.500-2", RED, 1.600), shape("M14 2.500h1.800v1.800H14zM16.500 11h1.800v1.800h-1.800zM12 5.500h1.500V7H12z", BLUE)],
  bell: [shape("M10 2.500c3.500 0 5 2.500 5 5.500 0 4 1.500 5 2 6.500H3C3.500 13 5 12 5 8c0-3 1.500-5.500 5-5.500zM8 15.500h4c0 1.300-.8 2-2 2s-2-.7-2-2z", YELLOW)],
  rotating_light: [shape("M5 15v-4a5 5 0 0 1 10 0v4z", RED), shape("M3.500 15h13v3h-13z", GREY), line("M10 2v1.500M3 5l1.200 1.200M17 5l-1.200 1.200", RED, 1.600)],
  speech_balloon: [shape("M2 3.500h16v10.500h-8l-4.500 3.500v-3.500H2z", PALE), line("M2 3.500h16v10.500h-8l-4.500 3.500v-3.500H2z", GREY, 1.100)],
  paperclip: [line("M14.500 7v6.500a4 4 0 0 1-8 0V5.500a2.700 2.700 0 0 1 5.400 0v7.500a1.300 1.300 0 0 1-2.600 0V7", GREY, 1.600)],
};

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
