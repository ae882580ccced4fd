// Puts the page together: signed out it shows the form, signed in the bench.

import { $, copyText, h } from "./dom.js";
import { drawDocs, failDocs, startDocs } from "./docs.js";
import { Editor } from "./editor.js";
import { drawHistory, remember, startHistory } from "./history.js";
import { colourJson, colours, operations, tidy } from "./language.js";
import { drawTheme, nextTheme, startGrips } from "./layout.js";
import * as result from "./result.js";
import { loadSchema, skeleton, suggest } from "./schema.js";
import { ask, curl, session, signIn, signOut } from "./server.js";
import { applyWords, toggleLanguage, whenLanguageChanges, word } from "./words.js";

const DRAFT = "atrium.draft", LAST = "atrium.last";
const FIRST = "# Ctrl+Enter runs it, Ctrl+Space suggests what may come next.\nquery Me {\n  viewer {\n    name\n    permissions\n    tenant { name baseCurrency timeZone }\n  }\n}\n";
const draft = JSON.parse(localStorage.getItem(DRAFT) || "{}");
let schema = null, running = null;

const query = new Editor($("query"), { label: "GraphQL", colour: colours, suggest: (text, at) => schema && suggest(schema, text, at), changed: () => edited() });
const variables = new Editor($("variables"), { label: "JSON", colour: colourJson, changed: () => edited() });
query.text = draft.query ?? FIRST;
variables.text = draft.variables ?? "{}";

function edited() {
  localStorage.setItem(DRAFT, JSON.stringify({ query: query.text, variables: variables.text }));
  query.mark([]);
  givenVariables();
  const names = operations(query.text), select = $("operation"), before = select.value;
  select.hidden = names.length < 2;
  select.replaceChildren(...names.map(name => h("option", { value: name }, name || word("unnamed"))));
  if (names.includes(before)) select.value = before;
}

// The variables as an object; undefined where there are none, null where they are wrong.
function givenVariables() {
  let given = null;
  try { given = variables.text.trim() ? JSON.parse(variables.text) : undefined; } catch { /* told below */ }
  if (given !== undefined && (typeof given !== "object" || Array.isArray(given))) given = null;
  $("variables-refusal").textContent = given === null ? word("badVariables") : "";
  return given;
}

async function run() {
  if (running) { running.abort(); return; }
  const given = givenVariables();
  if (given === null) return;
  running = new AbortController();
  $("run").lastElementChild.textContent = word("stop");
  result.show({ waiting: true });
  let last = null;
  try {
    const operation = $("operation").hidden ? undefined : $("operation").value || undefined;
    const answer = await ask(query.text, given, operation, running.signal, told => result.show(last = told));
    result.show(answer);
    query.mark((answer.body.errors || []).flatMap(error => (error.locations || []).map(each => each.line)));
    remember(query.text, variables.text, !answer.body.errors, answer.ms);
    if (!session) leave(word("ended"));
  } catch (error) {
    result.show(error.name === "AbortError" ? last : { failure: error.message });
  } finally {
    running = null;
    $("run").lastElementChild.textContent = word("run");
  }
}

async function enter() {
  $("welcome").hidden = Boolean(session);
  $("bench").hidden = $("who").hidden = !session;
  if (!session) { const last = JSON.parse(localStorage.getItem(LAST) || "{}"); fill(last); return; }
  $("who-tenant").textContent = session.tenant;
  $("who-email").textContent = session.email;
  edited();
  result.draw();
  startHistory(run => { query.replaceAll(run.query); variables.text = run.variables; edited(); });
  await learn();
  query.field.focus();
}

function fill(last) {
  const form = $("sign-in");
  form.elements.tenant.value ||= last.tenant || "";
  form.elements.email.value ||= last.email || "";
  (last.tenant ? form.elements.password : form.elements.tenant).focus();
}

async function learn() {
  drawDocs();
  try {
    schema = await loadSchema();
    startDocs(schema, (operation, field) => {
      const made = skeleton(schema, operation, field);
      query.replaceAll(made.query);
      variables.text = JSON.stringify(made.variables, null, 2);
      edited();
    });
  } catch (error) {
    if (session) failDocs(error.message, learn); else leave(word("ended"));
  }
}

function leave(message) {
  schema = null;
  result.show(null);
  refuse(message || "");
  enter();
}

function refuse(message) {
  $("refusal").textContent = message;
  $("refusal").hidden = !message;
}

$("sign-in").addEventListener("submit", async event => {
  event.preventDefault();
  const form = event.target.elements, button = event.target.querySelector("button");
  const tenant = form.tenant.value.trim(), email = form.email.value.trim(), password = form.password.value;
  if (!tenant || !email || !password) { refuse(word("missing")); return; }
  refuse("");
  button.disabled = true;
  button.textContent = word("signingIn");
  try {
    await signIn(tenant, email, password);
    localStorage.setItem(LAST, JSON.stringify({ tenant, email }));
    form.password.value = "";
    await enter();
  } catch (error) {
    refuse(error.message);
    form.password.select();
  } finally {
    button.disabled = false;
    button.textContent = word("signIn");
  }
});

for (const tab of document.querySelectorAll("[data-side]")) {
  tab.addEventListener("click", () => {
    for (const each of document.querySelectorAll("[data-side]")) {
      each.setAttribute("aria-selected", String(each === tab));
      $(each.dataset.side).hidden = each !== tab;
    }
  });
}
for (const tab of document.querySelectorAll("[data-view]")) tab.addEventListener("click", () => result.choose(tab.dataset.view));

$("run").addEventListener("click", run);
$("tidy").addEventListener("click", () => query.replaceAll(tidy(query.text)));
$("copy").addEventListener("click", () => copyText(result.shownText(), $("copy"), word("copied")));
$("curl").addEventListener("click", () => copyText(curl(query.text, givenVariables()), $("curl"), word("copied")));
$("sign-out").addEventListener("click", async () => { await signOut(); leave(""); });
$("language").addEventListener("click", toggleLanguage);
$("theme").addEventListener("click", nextTheme);
document.addEventListener("keydown", event => {
  if (!session || !(event.ctrlKey || event.metaKey)) return;
  if (event.key === "Enter") { event.preventDefault(); run(); }
  if (event.shiftKey && event.key.toLowerCase() === "f") { event.preventDefault(); query.replaceAll(tidy(query.text)); }
});
whenLanguageChanges(() => { drawTheme(); drawDocs(); drawHistory(); result.draw(); edited(); });

applyWords();
drawTheme();
startGrips();
enter();
