// The reference beside the editor, from the schema itself: start with the root fields, follow types, search all.

import { $, h } from "./dom.js";
import { isRequired, named, typeText } from "./schema.js";
import { word } from "./words.js";

let schema = null, trail = [], use = () => {}, search = "";

export function startDocs(loaded, onUse) { schema = loaded; use = onUse; trail = []; drawDocs(); }

export function drawDocs(state) {
  const host = $("docs");
  if (!schema) { host.replaceChildren(h("p", { class: "quiet pad" }, state || word("loadingSchema"))); return; }
  const box = h("input", { type: "search", class: "search", placeholder: word("searchDocs"), "aria-label": word("searchDocs"), value: search,
    oninput: event => { search = event.target.value; body.replaceChildren(...content()); } });
  const body = h("div", { class: "scroll" }, content());
  host.replaceChildren(box, body);
}

export function failDocs(message, again) {
  schema = null;
  $("docs").replaceChildren(h("div", { class: "pad" }, h("p", { class: "refusal" }, `${word("schemaFailed")}: ${message}`), h("button", { type: "button", class: "plain", onclick: again }, word("again"))));
}

function content() {
  if (search.trim()) return found(search.trim().toLowerCase());
  return trail.length ? typePage(schema.types.get(trail.at(-1))) : home();
}

function go(name) { search = ""; trail.push(name); drawDocs(); }

const typeLink = type => {
  const [before, after] = typeText(type).split(named(type));
  return h("span", { class: "typelink" }, before, link(named(type)), after);
};
const link = name => h("button", { type: "button", class: "link c-type", onclick: () => go(name) }, name);

function home() {
  const groups = Object.entries(schema.roots).filter(([, name]) => name).map(([operation, name]) =>
    h("details", { class: "root", open: operation === "query" }, h("summary", {}, operation, h("em", {}, String(schema.types.get(name).fields.length))),
      schema.types.get(name).fields.map(field => entry(field, operation))));
  const types = [...schema.types.values()].filter(type => !Object.values(schema.roots).includes(type.name)).sort((a, b) => a.name.localeCompare(b.name));
  return [...groups, h("details", { class: "all" }, h("summary", {}, `${word("types")} (${types.length})`),
    types.map(type => h("div", { class: "row" }, link(type.name), h("em", {}, word("kinds")[type.kind]))))];
}

function entry(field, operation) {
  return h("div", { class: `entry ${field.isDeprecated ? "weak" : ""}` },
    h("div", { class: "head" }, h("span", { class: "c-field" }, field.name), typeLink(field.type), operation && field.args &&
      h("button", { type: "button", class: "use", title: word("insertTitle"), onclick: () => use(operation, field) }, word("insert"))),
    field.description && h("p", {}, field.description),
    field.args?.length ? argumentsOf(field.args) : null,
    field.isDeprecated && h("p", { class: "warning" }, `${word("deprecated")}: ${field.deprecationReason}`));
}

function argumentsOf(args) {
  const list = h("ul", { class: "args" }, args.map(arg => h("li", { title: arg.description || "" },
    h("span", { class: "c-argument" }, arg.name), typeLink(arg.type), isRequired(arg) && h("em", {}, word("required")), arg.defaultValue != null && h("em", {}, `= ${arg.defaultValue}`))));
  return args.length < 3 ? list : h("details", { class: "more" }, h("summary", {}, `${args.map(arg => arg.name).join(", ")}`), list);
}

function typePage(type) {
  const part = (title, items) => items?.length ? h("section", {}, h("h3", {}, title), items) : null;
  return [
    h("div", { class: "crumbs" }, h("button", { type: "button", class: "plain", onclick: () => { trail.pop(); drawDocs(); } }, `← ${trail.length > 1 ? trail.at(-2) : word("roots")}`)),
    h("h2", {}, h("span", { class: "c-type" }, type.name), h("em", {}, word("kinds")[type.kind])),
    type.description && h("p", { class: "lead" }, type.description),
    type.specifiedByURL && h("p", { class: "quiet small" }, type.specifiedByURL),
    type.isOneOf && h("p", { class: "warning" }, word("oneOf")),
    part(word("implements"), type.interfaces?.map(each => link(each.name))),
    part(word("possible"), type.possibleTypes?.map(each => h("div", { class: "row" }, link(each.name)))),
    part(word("fields"), type.fields?.map(field => entry(field, Object.keys(schema.roots).find(root => schema.roots[root] === type.name)))),
    part(word("inputs"), type.inputFields?.map(field => entry({ ...field, args: null, description: [field.description, isRequired(field) ? `(${word("required")})` : ""].filter(Boolean).join(" ") }))),
    part(word("values"), type.enumValues?.map(value => h("div", { class: "entry" }, h("span", { class: "c-enum" }, value.name), value.description && h("p", {}, value.description)))),
  ].filter(Boolean);
}

function found(text) {
  const has = each => each.name.toLowerCase().includes(text) || each.description?.toLowerCase().includes(text);
  const rank = each => each.name.toLowerCase() === text ? 0 : each.name.toLowerCase().startsWith(text) ? 1 : each.name.toLowerCase().includes(text) ? 2 : 3;
  const hits = [];
  for (const type of schema.types.values()) {
    if (has(type)) hits.push({ rank: rank(type), name: type.name, element: h("div", { class: "row" }, link(type.name), h("em", {}, word("kinds")[type.kind])) });
    for (const field of [...(type.fields || []), ...(type.inputFields || []), ...(type.enumValues || [])]) {
      if (has(field)) hits.push({ rank: rank(field) + 0.5, name: field.name, element: h("div", { class: "row" }, h("span", {}, h("button", { type: "button", class: "link c-type", onclick: () => go(type.name) }, type.name), ".", h("span", { class: "c-field" }, field.name))) });
    }
  }
  hits.sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
  return hits.length ? hits.slice(0, 100).map(hit => hit.element) : [h("p", { class: "quiet pad" }, word("noMatch"))];
}
