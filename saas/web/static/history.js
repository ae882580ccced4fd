// What was run, newest first, kept in this browser per tenant; variables are kept, answers are not.

import { $, h } from "./dom.js";
import { session } from "./server.js";
import { operations } from "./language.js";
import { word } from "./words.js";

const KEPT = 50;
const key = () => `atrium.history.${session?.tenant}`;
const read = () => JSON.parse(localStorage.getItem(key()) || "[]");
let use = () => {};

export function remember(query, variables, isGood, ms) {
  const rest = read().filter(each => each.query !== query || each.variables !== variables);
  localStorage.setItem(key(), JSON.stringify([{ query, variables, isGood, ms: Math.round(ms), at: Date.now() }, ...rest].slice(0, KEPT)));
  drawHistory();
}

export function startHistory(onUse) { use = onUse; drawHistory(); }

export function drawHistory() {
  const runs = read();
  if (!runs.length) { $("history").replaceChildren(h("p", { class: "quiet pad" }, word("noHistory"))); return; }
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" });
  $("history").replaceChildren(
    h("ol", {}, runs.map(run => h("li", {}, h("button", { type: "button", class: "entry", onclick: () => use(run) },
      h("span", { class: run.isGood ? "dot good" : "dot bad", title: run.isGood ? "" : word("failed") }),
      h("b", {}, operations(run.query).filter(Boolean).join(", ") || word("unnamed")),
      h("span", { class: "quiet small" }, `${time.format(run.at)} · ${run.ms} ms`),
      h("code", {}, run.query.replace(/\s+/g, " ").slice(0, 90)))))),
    h("button", { type: "button", class: "plain clear", onclick: () => { localStorage.removeItem(key()); drawHistory(); } }, word("clear")));
}
