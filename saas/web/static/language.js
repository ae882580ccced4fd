// GraphQL as text: tokens, the operations in a document, and a tidy layout.

const TOKEN = /(?<space>[\s,\uFEFF]+)|(?<comment>#[^\n]*)|(?<string>"""[\s\S]*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?)|(?<number>-?\d[\d.eE+-]*)|(?<variable>\$\w*)|(?<directive>@\w*)|(?<name>[A-Za-z_]\w*)|(?<punctuation>\.\.\.|[!(){}[\]:=|&])|(?<other>[\s\S])/gu;
const KEYWORDS = new Set(["query", "mutation", "subscription", "fragment", "on", "true", "false", "null"]);

export function tokens(text) {
  return [...text.matchAll(TOKEN)].map(match => {
    const kind = Object.keys(match.groups).find(name => match.groups[name] !== undefined);
    return { kind, text: match[0], at: match.index };
  });
}

// [text, class] pairs for the editor's colours.
export function colours(text) {
  let depth = 0, previous = "";
  return tokens(text).map(token => {
    let style = token.kind;
    if (token.kind === "name") {
      if (KEYWORDS.has(token.text) && (depth === 0 || previous === "..." || !"query mutation subscription fragment on".includes(token.text))) style = "keyword";
      else if (depth === 0 && /^(query|mutation|subscription)$/.test(previous)) style = "field";
      else if (/^[A-Z]/.test(token.text)) style = /^[A-Z][A-Z0-9_]+$/.test(token.text) ? "enum" : "type";
      else style = text.slice(token.at + token.text.length).match(/^\s*:/) ? "argument" : "field";
    }
    if (token.text === "{") depth += 1;
    if (token.text === "}") depth -= 1;
    if (token.kind !== "space") previous = token.text;
    return [token.text, style];
  });
}

export function colourJson(text) {
  const JSON_TOKEN = /(?<argument>"(?:\\.|[^"\\])*"(?=\s*:))|(?<string>"(?:\\.|[^"\\])*"?)|(?<number>-?\d[\d.eE+-]*)|(?<keyword>true|false|null)|(?<other>[\s\S])/gu;
  return [...text.matchAll(JSON_TOKEN)].map(match => [match[0], Object.keys(match.groups).find(name => match.groups[name] !== undefined)]);
}

// Names of the operations, in order; "" for one without a name.
export function operations(text) {
  const found = [];
  let depth = 0, wanted = false;
  for (const token of tokens(text)) {
    if (token.kind === "space" || token.kind === "comment") continue;
    if (depth === 0 && token.kind === "name" && /^(query|mutation|subscription)$/.test(token.text)) { found.push(""); wanted = true; continue; }
    if (wanted && token.kind === "name") found[found.length - 1] = token.text;
    else if (depth === 0 && token.text === "{" && !found.length) found.push("");
    wanted = false;
    if ("{(".includes(token.text)) depth += 1;
    if ("})".includes(token.text)) depth -= 1;
  }
  return found;
}

// One field a line, two spaces a level, arguments on the line of their field.
export function tidy(text) {
  let out = "", level = 0, round = 0, previous = "", before = "";
  for (const { kind, text: now } of tokens(text)) {
    if (kind === "space") continue;
    if (now === "}" && !round) level = Math.max(0, level - 1);
    const gap = out === "" ? "" : kind === "comment" || previous.startsWith("#") ? "\n" : round ? gapInside(previous, now) : gapOutside(before, previous, now, level);
    out += gap.includes("\n") ? gap + "  ".repeat(level) : gap;
    out += now;
    if (now === "{" && !round) level += 1;
    else if ("([{".includes(now)) round += 1;
    else if (")]}".includes(now) && round) round -= 1;
    [before, previous] = [previous, now];
  }
  return out.replace(/[ \t]+$/gm, "") + "\n";
}

function gapInside(previous, now) {
  if ("([".includes(previous) || ")]:!(".includes(now)) return "";
  if (previous === ":" || previous === "{" || now === "}" || now === "=" || previous === "=" || now.startsWith("@")) return " ";
  return ", ";
}

function gapOutside(before, previous, now, level) {
  if (now === "(" || now === ":") return "";
  if (previous === "...") return now === "on" || now === "{" ? " " : "";
  if (previous === "}" && level === 0 && now !== "}") return "\n\n";
  if (previous === ":" || now === "{" || now.startsWith("@") || (previous === "on" && before === "...")) return " ";
  return level === 0 && now !== "}" ? " " : "\n";
}
