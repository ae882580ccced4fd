// The answer: a tree that folds, a table where there is a list, and the errors in front.

import { h, $ } from "./dom.js";
import { word } from "./words.js";

const FOLDED_BEYOND = 100;  // items of one list that are drawn before one asks for more
let current = null, view = "tree";

export function show(answer) { current = answer; draw(); }

export function choose(name) {
  view = name;
  for (const tab of document.querySelectorAll("[data-view]")) tab.setAttribute("aria-selected", String(tab.dataset.view === name));
  draw();
}

export const shownText = () => current ? JSON.stringify(current.body, null, 2) : "";

export function draw() {
  $("copy").disabled = !current?.body;
  $("figures").replaceChildren(...figures());
  drawProblems();
  const host = $("result");
  if (!current) host.replaceChildren(h("div", { class: "empty" }, h("p", {}, word("emptyResult")), h("p", { class: "quiet small" }, word("emptyHint"))));
  else if (current.waiting) host.replaceChildren(h("div", { class: "empty" }, h("div", { class: "wheel" })));
  else if (!current.body) host.replaceChildren();
  else if (view === "table") host.replaceChildren(table(current.body.data) || h("div", { class: "empty" }, h("p", {}, word("noTable"))));
  else host.replaceChildren(h("div", { class: "tree" }, Object.entries(current.body).map(([key, value]) => node(key, value, key !== "extensions"))));
}

function figures() {
  if (!current?.status) return [];
  const size = current.bytes < 10000 ? `${current.bytes} B` : `${(current.bytes / 1024).toFixed(0)} KiB`;
  const isGood = current.status < 400 && !current.body.errors;
  return [
    h("span", { class: isGood ? "good" : "bad" }, String(current.status)), h("span", {}, `${current.ms.toFixed(0)} ms`), h("span", {}, size),
    current.requestId && h("span", { class: "quiet", title: `${word("requestId")} ${current.requestId}` }, `#${current.requestId.slice(-6)}`),
  ].filter(Boolean);
}

function drawProblems() {
  const list = current?.failure ? [{ message: current.failure }] : current?.body?.errors || [];
  $("problems").hidden = !list.length;
  $("problems").replaceChildren(...list.slice(0, 20).map(error => h("div", { class: "problem" },
    error.extensions?.code && h("code", {}, error.extensions.code),
    h("span", {}, error.message),
    error.extensions?.remedy && h("span", { class: "quiet" }, error.extensions.remedy),
    error.path && h("span", { class: "quiet" }, error.path.join(" › ")),
    error.locations && h("span", { class: "quiet" }, `${word("line")} ${error.locations.map(each => each.line).join(", ")}`))));
}

function node(key, value, isOpen) {
  const name = key === null ? null : h("span", { class: typeof key === "number" ? "index" : "c-argument" }, typeof key === "number" ? `${key}` : `${key}`);
  if (value === null || typeof value !== "object") return h("div", { class: "leaf" }, name, leaf(value));
  const isList = Array.isArray(value), entries = isList ? value.map((each, index) => [index, each]) : Object.entries(value);
  if (!entries.length) return h("div", { class: "leaf" }, name, h("span", { class: "quiet" }, isList ? "[ ]" : "{ }"));
  const inside = h("div", { class: "inside" });
  const fill = (from = 0) => {
    inside.append(...entries.slice(from, from + FOLDED_BEYOND).map(([inner, each]) => node(inner, each, true)));
    const next = from + FOLDED_BEYOND;
    if (next < entries.length) {
      const more = h("button", { type: "button", class: "plain", onclick: () => { more.remove(); fill(next); } }, `… ${entries.length - next}`);
      inside.append(more);
    }
  };
  const fold = h("details", { open: isOpen }, h("summary", {}, name, h("span", { class: "size" }, word(isList ? "items" : "keys")(entries.length))), inside);
  if (isOpen) fill(); else fold.addEventListener("toggle", () => inside.childNodes.length || fill());
  return fold;
}

const leaf = value => h("span", { class: value === null ? "c-null" : { string: "c-string", number: "c-number", boolean: "c-keyword" }[typeof value] }, typeof value === "string" ? value : String(value));

// The first list of objects in the answer: nodes of a connection, or any other.
function rowsIn(value) {
  if (!value || typeof value !== "object") return null;
  if (Array.isArray(value)) return value.length && typeof value[0] === "object" && value[0] !== null ? value.map(each => each?.node ?? each) : null;
  for (const each of [value.nodes, value.edges, ...Object.values(value)]) { const found = rowsIn(each); if (found) return found; }
  return null;
}

function flat(row, path = "", into = {}) {
  for (const [key, value] of Object.entries(row || {})) {
    const name = path ? `${path}.${key}` : key;
    if (Array.isArray(value)) into[name] = word("items")(value.length);
    else if (value && typeof value === "object") flat(value, name, into);
    else into[name] = value;
  }
  return into;
}

// An id is long and says little: its end is enough, the whole is one hover away.
function cell(value) {
  if (value == null) return h("span", { class: "c-null" }, "–");
  const text = String(value);
  return /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(text) ? h("code", { class: "quiet", title: text }, `…${text.slice(-6)}`) : text;
}

function table(data) {
  const rows = rowsIn(data)?.slice(0, 500).map(row => flat(row));
  if (!rows) return null;
  // What is empty in all rows is not worth a column; what only programs read comes last.
  const all = [...new Set(rows.flatMap(row => Object.keys(row)))].filter(column => rows.some(row => row[column] != null));
  const forPrograms = column => /(^|\.)(id|version|__typename)$/.test(column);
  const columns = [...all.filter(column => !forPrograms(column)), ...all.filter(forPrograms)];
  const isNumber = Object.fromEntries(columns.map(column => [column, rows.every(row => row[column] == null || /^-?\d+(\.\d+)?$/.test(row[column]))]));
  return h("div", { class: "sheet" }, h("table", {},
    h("thead", {}, h("tr", {}, h("th", { class: "index" }, "#"), columns.map(column => h("th", {}, column)))),
    h("tbody", {}, rows.map((row, index) => h("tr", {}, h("td", { class: "index" }, String(index + 1)),
      columns.map(column => h("td", { class: isNumber[column] ? "number" : "" }, cell(row[column]))))))),
  h("p", { class: "quiet small" }, word("rows")(rows.length)));
}
