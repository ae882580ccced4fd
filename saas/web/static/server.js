// Talking to the server: signing in and out, and GraphQL operations with their figures.

import { answers, gathered } from "./stream.js";
import { word } from "./words.js";

const KEY = "atrium.session";
export let session = JSON.parse(sessionStorage.getItem(KEY) || "null");

function keep(value) {
  session = value;
  if (value) sessionStorage.setItem(KEY, JSON.stringify(value));
  else sessionStorage.removeItem(KEY);
}

export async function signIn(tenant, email, password) {
  let answer;
  try {
    answer = await fetch("/sign-in", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ tenant, email, password }),
    });
  } catch { throw new Error(word("networkDown")); }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error([body.error?.message, body.error?.remedy].filter(Boolean).join(" ") || answer.statusText);
  keep({ tenant, email, token: body.token, expiresAt: body.expiresAt });
}

export async function signOut() {
  const token = session?.token;
  keep(null);
  if (token) await fetch("/sign-out", { method: "POST", headers: { authorization: `Bearer ${token}` } }).catch(() => {});
}

// `told` gets what a subscription has told so far, each time that it tells something.
export async function ask(query, variables, operationName, signal, told = () => {}) {
  const began = performance.now();
  let answer, text;
  try {
    answer = await fetch("/graphql", {
      method: "POST", signal,
      headers: {
        "content-type": "application/json", "authorization": `Bearer ${session?.token}`,
        "accept": "application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.8",
      },
      body: JSON.stringify({ query, variables, operationName }),
    });
    if (answer.headers.get("content-type")?.startsWith("text/event-stream")) return await follow(answer, began, told);
    text = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(word("networkDown"));
  }
  let body;
  try { body = JSON.parse(text); } catch { throw new Error(`${word("notJson")} (${answer.status})`); }
  if (answer.status === 401) keep(null);
  // The plain doors answer errors in a shape of their own; show both alike.
  if (body.error && !body.errors) body = { errors: [{ message: `${body.error.message} ${body.error.remedy || ""}`.trim(), extensions: { code: body.error.code } }] };
  return figures(answer, body, began, new Blob([text]).size);
}

async function follow(answer, began, told) {
  let shown = figures(answer, { data: null }, began, 0);
  for await (const text of answers(answer.body)) {
    shown = figures(answer, gathered(shown.bytes ? shown.body : null, JSON.parse(text)), began, shown.bytes + new Blob([text]).size);
    told(shown);
  }
  return shown;
}

const figures = (answer, body, began, bytes) => ({
  status: answer.status, body, ms: performance.now() - began, bytes, requestId: answer.headers.get("x-request-id") || "",
});

export function curl(query, variables) {
  const body = JSON.stringify(variables ? { query, variables } : { query }).replaceAll("'", "'\\''");
  return `curl ${location.origin}/graphql -H 'content-type: application/json' -H "authorization: Bearer $TOKEN" -d '${body}'`;
}
