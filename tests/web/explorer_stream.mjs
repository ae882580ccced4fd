// The explorer's reading of event streams, run by test_explorer.py with node's own test runner.

import assert from "node:assert/strict";
import test from "node:test";

const { answers, gathered } = await import("../../saas/web/static/stream.js");

async function read(...chunks) {
  const body = new ReadableStream({ start(control) { for (const each of chunks) control.enqueue(new TextEncoder().encode(each)); control.close(); } });
  const found = [];
  for await (const each of answers(body)) found.push(each);
  return found;
}

test("events are found wherever the bytes are cut, and comments are passed over", async () => {
  const text = 'retry: 1000\n\n:\n\nevent: next\nid: x\ndata: {"data":{"a":"b: c"}}\n\nevent: next\ndata: 2\n\n';
  assert.deepEqual(await read(text), ['{"data":{"a":"b: c"}}', "2"]);
  assert.deepEqual(await read(...text), ['{"data":{"a":"b: c"}}', "2"]);
});

test("nothing is read behind the end", async () => {
  assert.deepEqual(await read("event: next\ndata: 1\n\nevent: complete\ndata:\n\nevent: next\ndata: 2\n\n"), ["1"]);
});

test("the newest event comes first, and errors leave what was told", () => {
  const first = gathered(null, { data: { customerChanged: { id: 1 } } });
  const second = gathered(first, { data: { customerChanged: { id: 2 } } });
  assert.deepEqual(second.data, { customerChanged: [{ id: 2 }, { id: 1 }] });
  assert.deepEqual(gathered(second, { errors: [1] }), { data: second.data, errors: [1] });
  assert.deepEqual(gathered(null, { errors: [1] }), { errors: [1] });
});
