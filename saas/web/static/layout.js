// Light or dark, and how wide each column is.

import { $ } from "./dom.js";
import { word } from "./words.js";

const THEME = "atrium.theme", WIDTHS = "atrium.widths";
const THEMES = ["auto", "light", "dark"];
let theme = localStorage.getItem(THEME) || "auto";
const widths = JSON.parse(localStorage.getItem(WIDTHS) || "{}");

export function drawTheme() {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = word("themes")[theme];
}

export function nextTheme() {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  localStorage.setItem(THEME, theme);
  drawTheme();
}

export function startGrips() {
  for (const grip of document.querySelectorAll("[data-grip]")) {
    const column = $(grip.dataset.grip);
    const set = width => {
      widths[column.id] = Math.max(200, Math.min(width, innerWidth - 500));
      column.style.flex = `0 0 ${widths[column.id]}px`;
    };
    if (widths[column.id] && innerWidth > 900) set(widths[column.id]);
    grip.addEventListener("pointerdown", event => {
      grip.setPointerCapture(event.pointerId);
      const move = moved => set(moved.clientX - column.getBoundingClientRect().left);
      grip.addEventListener("pointermove", move);
      grip.addEventListener("lostpointercapture", () => {
        grip.removeEventListener("pointermove", move);
        localStorage.setItem(WIDTHS, JSON.stringify(widths));
      }, { once: true });
    });
    grip.addEventListener("keydown", event => {
      const step = { ArrowLeft: -24, ArrowRight: 24 }[event.key];
      if (step) { set(column.getBoundingClientRect().width + step); localStorage.setItem(WIDTHS, JSON.stringify(widths)); }
    });
  }
}
