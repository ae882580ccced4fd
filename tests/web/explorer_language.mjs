// The explorer's reading of GraphQL, run by test_explorer.py with node's own test runner.

import assert from "node:assert/strict";
import test from "node:test";

globalThis.localStorage = globalThis.sessionStorage = { getItem: () => null, setItem() {} };
globalThis.navigator ??= { language: "en" };
const { operations, tidy } = await import("../../saas/web/static/language.js");
const { skeleton, suggest } = await import("../../saas/web/static/schema.js");

const named = (kind, name) => ({ kind, name, ofType: null });
const required = type => ({ kind: "NON_NULL", name: null, ofType: type });
const input = (name, type, defaultValue = null) => ({ name, type, defaultValue });
const field = (name, type, args = []) => ({ name, type, args });
const types = new Map([
  { kind: "OBJECT", name: "Query", fields: [field("customers", named("OBJECT", "CustomerConnection"), [input("filter", named("INPUT_OBJECT", "CustomerFilter")), input("first", named("SCALAR", "Int")), input("trash", named("ENUM", "Trash"))]), field("customer", named("OBJECT", "Customer"), [input("id", required(named("SCALAR", "ID")))])] },
  { kind: "OBJECT", name: "CustomerConnection", fields: [field("nodes", required({ kind: "LIST", name: null, ofType: named("OBJECT", "Customer") }))] },
  { kind: "OBJECT", name: "Customer", fields: [field("id", required(named("SCALAR", "ID"))), field("name", named("SCALAR", "String"))] },
  { kind: "INPUT_OBJECT", name: "CustomerFilter", inputFields: [input("name", named("SCALAR", "String")), input("and", { kind: "LIST", name: null, ofType: named("INPUT_OBJECT", "CustomerFilter") })] },
  { kind: "ENUM", name: "Trash", enumValues: [{ name: "WITH" }, { name: "ONLY" }] },
  { kind: "SCALAR", name: "ID" }, { kind: "SCALAR", name: "Int" }, { kind: "SCALAR", name: "String" },
].map(type => [type.name, type]));
const schema = { types, roots: { query: "Query" }, directives: [{ name: "include", args: [] }] };
const offered = text => suggest(schema, text.replace("|", ""), text.indexOf("|"))?.items.map(item => item.label);

test("operations are found by name, fragments are not", () => {
  assert.deepEqual(operations("{a} query B{a(x:{y:1})} mutation C($a:Int){b} fragment F on T{c}"), ["", "B", "C"]);
});

test("a query is laid out one field a line, its arguments on one line", () => {
  assert.equal(
    tidy('query A($id:ID!,$f:[Int!]=[1,2]){a:customers(filter:{name:{eq:"x y"},or:[{a:1}]} first:10)@include(if:true){nodes{id ...F ...on Customer{x}}}}'),
    'query A($id: ID!, $f: [Int!] = [1, 2]) {\n  a: customers(filter: { name: { eq: "x y" }, or: [{ a: 1 }] }, first: 10) @include(if: true) {\n    nodes {\n      id\n      ...F\n      ... on Customer {\n        x\n      }\n    }\n  }\n}\n',
  );
});

test("tidying twice changes nothing more", () => {
  const once = tidy("# why\n{ a { b(c: 1) } } fragment F on T { d }");
  assert.equal(tidy(once), once);
});

test("fields are offered where a field may stand", () => {
  assert.deepEqual(offered("{ cust|"), ["customers", "customer"]);
  assert.deepEqual(offered("{ customers { nodes { |"), ["id", "name", "__typename"]);
  assert.deepEqual(offered("{ customers { nodes { id } } c|"), ["customers", "customer"]);
});

test("arguments, input fields and values are offered where they may stand", () => {
  assert.deepEqual(offered("{ customers(|"), ["filter", "first", "trash"]);
  assert.deepEqual(offered("{ customers(first: 3, filter: { |"), ["name", "and"]);
  assert.deepEqual(offered('{ customers(filter: { name: "x", a|'), ["and", "name"]);
  assert.deepEqual(offered("{ customers(filter: { and: [{ |"), ["name", "and"]);
  assert.deepEqual(offered("query Q($t: Trash) { customers(trash: |"), ["WITH", "ONLY", "$t"]);
});

test("in a comment or a string nothing is offered", () => {
  assert.equal(offered("{ # cust|"), undefined);
  assert.equal(offered('{ customers(filter: { name: "na|'), undefined);
});

test("a root field becomes a query that can be run", () => {
  const { query, variables } = skeleton(schema, "query", types.get("Query").fields[1]);
  assert.equal(query, "query Customer($id: ID!) {\n  customer(id: $id) {\n    id\n    name\n  }\n}\n");
  assert.deepEqual(variables, { id: "" });
});
