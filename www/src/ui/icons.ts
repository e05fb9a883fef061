/** The drawings on the buttons. The button's label is what they mean. */
import { html, svg } from "lit";

function icon(path: string) {
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">${svg`<path d=${path} />`}</svg>`;
}

export const playIcon = icon("M7 4.5v15l12-7.5z");
export const pauseIcon = icon("M6 5h4v14H6zm8 0h4v14h-4z");
export const stepIcon = icon("M5 5v14l9-7zm11 0h3v14h-3z");
export const stepBackIcon = icon("M19 5v14l-9-7zM8 5H5v14h3z");
export const skipIcon = icon("M3 5v14l8-7zm8 0v14l8-7zm9 0h2v14h-2z");
export const previousMarkIcon = icon(
  "M4 5h2v14H4zm15.5 0L14 12l5.5 7h-3L11 12l5.5-7zm-6 0L8 12l5.5 7h-3L5 12l5.5-7z",
);
export const nextMarkIcon = icon(
  "M18 5h2v14h-2zM4.5 5 10 12l-5.5 7h3L13 12 7.5 5zm6 0L16 12l-5.5 7h3L19 12l-5.5-7z",
);
export const zoomInIcon = icon("M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z");
export const zoomOutIcon = icon("M5 11h14v2H5z");
export const wholeIcon = icon(
  "M3 6h2v12H3zm16 0h2v12h-2zM6 11h3V8.5l-3.5 3.5L9 15.5V13h6v2.5l3.5-3.5L15 8.5V11z",
);
export const pinIcon = icon("M8 3h8v2h-1.5v6l3 3.5V16H13v6h-2v-6H6.500v-1.500l3-3.500V5H8z");
export const linkIcon = icon(
  "M10.6 13.4a4 4 0 0 1 0-5.7l3-3a4 4 0 0 1 5.7 5.7l-1.6 1.6-1.4-1.4 1.6-1.6a2 2 0 0 0-2.9-2.9l-3 3a2 2 0 0 0 0 2.9zm2.8-2.8a4 4 0 0 1 0 5.7l-3 3a4 4 0 0 1-5.7-5.7l1.6-1.6 1.4 1.4-1.6 1.6a2 2 0 0 0 2.9 2.9l3-3a2 2 0 0 0 0-2.9z",
);
export const saveIcon = icon(
  "M11 3h2v9l3-3 1.4 1.4L12 15.8l-5.4-5.4L8 9l3 3zM4 17h2v2h12v-2h2v4H4z",
);
export const restartIcon = icon("M12 4a8 8 0 1 1-7.7 5.8l2 .6A6 6 0 1 0 12 6v3.5L6.5 5.2 12 1z");
export const diceIcon = icon(
  "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zm0 2v14h14V5zm3 1.7a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zm4 3.9a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8zm4 3.9a1.4 1.4 0 1 0 0 2.8 1.4 1.4 0 0 0 0-2.8z",
);
export const fileIcon = icon("M3 5h7l2 2h9v12H3zm2 2v10h14V9h-7.8l-2-2z");
export const closeIcon = icon(
  "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
);
export const helpIcon = icon(
  "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zm0 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm-1.1 11.8h2.2V18h-2.2zM12 6.2c2.1 0 3.7 1.3 3.7 3.2 0 2.6-2.6 2.8-2.6 4.8h-2.2c0-3.1 2.5-3.2 2.5-4.7 0-.8-.6-1.3-1.5-1.3s-1.5.6-1.6 1.6l-2.1-.4c.2-2 1.8-3.2 3.8-3.2z",
);
