// The schema as the server tells it, and what may stand at a place of a query.

import { ask } from "./server.js";
import { tokens } from "./language.js";

const REF = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";
const INPUT = `name description defaultValue isDeprecated deprecationReason type { ${REF} }`;
const INTROSPECTION = `query Introspection { __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  directives { name description args(includeDeprecated: true) { ${INPUT} } }
  types {
    kind name description specifiedByURL isOneOf
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ${REF} } args(includeDeprecated: true) { ${INPUT} } }
    inputFields(includeDeprecated: true) { ${INPUT} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    interfaces { name } possibleTypes { name }
  } } }`;

export async function loadSchema() {
  const { body } = await ask(INTROSPECTION, undefined, "Introspection");
  if (!body.data?.__schema) throw new Error(body.errors?.[0]?.message || "");
  const told = body.data.__schema;
  const types = new Map(told.types.filter(type => !type.name.startsWith("__")).map(type => [type.name, type]));
  const roots = { query: told.queryType?.name, mutation: told.mutationType?.name, subscription: told.subscriptionType?.name };
  return { types, roots, directives: told.directives };
}

export const named = type => { while (type.ofType) type = type.ofType; return type.name; };
export const isRequired = input => input.type.kind === "NON_NULL" && input.defaultValue == null;

export function typeText(type) {
  if (type.kind === "NON_NULL") return `${typeText(type.ofType)}!`;
  if (type.kind === "LIST") return `[${typeText(type.ofType)}]`;
  return type.name;
}

const isLeaf = type => !type || type.kind === "SCALAR" || type.kind === "ENUM";

// A query for one root field: required arguments as variables, leaves, and connections one level deep.
export function skeleton(schema, operation, field) {
  const needed = field.args.filter(isRequired);
  const head = needed.length ? `(${needed.map(arg => `$${arg.name}: ${typeText(arg.type)}`).join(", ")})` : "";
  const given = needed.map(arg => `${arg.name}: $${arg.name}`);
  if (field.args.some(arg => arg.name === "first")) given.push("first: 10");
  const args = given.length ? `(${given.join(", ")})` : "";
  const name = field.name[0].toUpperCase() + field.name.slice(1);
  const body = selection(schema, schema.types.get(named(field.type)), 1, 3);
  const variables = Object.fromEntries(needed.map(arg => [arg.name, example(schema, arg.type)]));
  return { query: `${operation} ${name}${head} {\n  ${field.name}${args}${body}\n}\n`, variables };
}

function selection(schema, type, level, deepest) {
  if (isLeaf(type)) return "";
  const pad = "  ".repeat(level + 1);
  const lines = [];
  if (type.kind === "UNION" || type.kind === "INTERFACE") lines.push("__typename");
  for (const field of type.fields || []) {
    const target = schema.types.get(named(field.type));
    if (field.isDeprecated || field.args.some(isRequired)) continue;
    if (isLeaf(target)) lines.push(field.name);
    else if (level < deepest && /^(nodes|pageInfo|problems|viewer)$|^(?!edges)/.test(field.name) && (level < 2 || /^(nodes|problems)$/.test(field.name))) {
      const isPlumbing = /^(edges|aggregate)$/.test(field.name);
      if (!isPlumbing) lines.push(field.name + selection(schema, target, level + 1, /^(nodes|problems)$/.test(field.name) ? deepest : level + 1));
    }
  }
  return ` {\n${(lines.length ? lines : ["__typename"]).map(line => pad + line).join("\n")}\n${"  ".repeat(level)}}`;
}

function example(schema, type, depth = 0) {
  if (type.kind === "NON_NULL") return example(schema, type.ofType, depth);
  if (type.kind === "LIST") return [];
  const target = schema.types.get(type.name);
  if (target?.kind === "ENUM") return target.enumValues[0].name;
  if (target?.kind === "INPUT_OBJECT" && depth < 3) {
    return Object.fromEntries(target.inputFields.filter(isRequired).map(field => [field.name, example(schema, field.type, depth + 1)]));
  }
  return { Int: 0, Float: 0, Boolean: false }[type.name] ?? "";
}

// What may stand at `position`: { from, items: [{ label, detail, text }] }, or null.
export function suggest(schema, text, position) {
  const before = text.slice(0, position);
  const part = before.match(/[@$]?\w*$/)[0];
  const from = position - part.length;
  const place = walk(schema, before.slice(0, from));
  if (!place) return null;
  const start = part.toLowerCase();
  const items = offered(schema, place, text, part).filter(item => item.label.toLowerCase().includes(start));
  items.sort((a, b) => !a.label.toLowerCase().startsWith(start) - !b.label.toLowerCase().startsWith(start));
  return { from, items: items.slice(0, 60) };
}

function offered(schema, { frame, previous, beforePrevious }, text, part) {
  const input = item => ({ label: item.name, detail: typeText(item.type), about: item.description, after: ": ", weak: item.isDeprecated });
  if (part.startsWith("@")) return schema.directives.map(each => ({ label: `@${each.name}`, detail: "", about: each.description }));
  if (!frame) return previous === "on" ? typesOf(schema, ["OBJECT", "INTERFACE", "UNION"]) : ["query", "mutation", "subscription", "fragment"].map(label => ({ label, detail: "" }));
  if (frame.kind === "variables") return previous === ":" || previous === "[" ? typesOf(schema, ["SCALAR", "ENUM", "INPUT_OBJECT"]) : [];
  if (frame.kind === "selection") {
    if (previous === "...") return [{ label: "on", detail: "" }, ...[...text.matchAll(/fragment\s+(\w+)\s+on\s+(\w+)/g)].map(match => ({ label: match[1], detail: match[2] }))];
    if (previous === "on" && beforePrevious === "...") return (frame.type?.possibleTypes || []).map(each => ({ label: each.name, detail: "" }));
    const fields = (frame.type?.fields || []).map(field => ({ label: field.name, detail: typeText(field.type), about: field.description, weak: field.isDeprecated }));
    return frame.type ? [...fields, { label: "__typename", detail: "String!" }] : [];
  }
  const value = frame.kind === "list" ? frame.of : frame.value;
  if (!value) return (frame.inputs || []).map(input);
  const variables = [...new Set([...text.matchAll(/\$(\w+)\s*:/g)].map(match => `$${match[1]}`))].map(label => ({ label, detail: "" }));
  const target = schema.types.get(named(value));
  if (part.startsWith("$")) return variables;
  if (target?.kind === "ENUM") return [...target.enumValues.map(each => ({ label: each.name, detail: target.name, about: each.description })), ...variables];
  if (target?.name === "Boolean") return [{ label: "true", detail: "Boolean" }, { label: "false", detail: "Boolean" }, ...variables];
  return variables;
}

const typesOf = (schema, kinds) => [...schema.types.values()].filter(type => kinds.includes(type.kind)).map(type => ({ label: type.name, detail: type.kind.toLowerCase(), about: type.description }));

// Follows the text up to its end; the innermost open bracket tells what may come next.
function walk(schema, text) {
  const stack = [];
  const type = name => schema.types.get(name);
  const isInputs = frame => frame?.kind === "args" || frame?.kind === "object";
  let root = schema.roots.query, previous = "", beforePrevious = "";
  const significant = tokens(text);
  if (significant.at(-1)?.kind === "comment" || /^"[^"]*$/.test(significant.at(-1)?.text || "")) return null;
  for (const { kind, text: now } of significant) {
    if (kind === "space" || kind === "comment") continue;
    const top = stack.at(-1);
    if (!top) {
      if (now === "{") stack.push({ kind: "selection", type: type(root) });
      else if (now === "(") stack.push({ kind: "variables" });
      else if (schema.roots[now] && previous !== "query") root = schema.roots[now];
      else if (previous === "on") root = now;
    } else if (top.kind === "variables") { if (now === ")") stack.pop(); }
    else if (top.kind === "selection") {
      if (now === "{") stack.push({ kind: "selection", type: top.next || top.type });
      else if (now === "}") { stack.pop(); if (stack.length) stack.at(-1).next = null; }
      else if (now === "(") stack.push({ kind: "args", inputs: top.field?.args });
      else if (kind === "directive") top.field = schema.directives.find(each => `@${each.name}` === now);
      else if (now === "...") top.next = null;
      else if (kind === "name" && previous === "on" && beforePrevious === "...") top.next = type(now);
      else if (kind === "name" && previous !== "...") {
        top.field = top.type?.fields?.find(field => field.name === now);
        top.next = top.field && type(named(top.field.type));
      }
    } else if (now === ")" || now === "}" || now === "]") {
      stack.pop();
      if (isInputs(stack.at(-1))) stack.at(-1).value = null;
    } else if (now === "[") stack.push({ kind: "list", of: top.value || top.of });
    else if (now === "{") stack.push({ kind: "object", inputs: (top.value || top.of) && type(named(top.value || top.of))?.inputFields });
    else if (isInputs(top)) {
      if (now === ":") top.value = top.key?.type;
      else if (top.value || previous === ":") top.value = null;
      else top.key = top.inputs?.find(each => each.name === now);
    }
    [beforePrevious, previous] = [previous, now];
  }
  return { frame: stack.at(-1), previous, beforePrevious };
}
