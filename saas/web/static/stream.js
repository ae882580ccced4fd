// Subscriptions as they come: server-sent events read from the body of an answer.

const KEPT = 100;  // events that stay on the page

// The data of each `next`, until `complete` or the end.
export async function* answers(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const fields = Object.fromEntries(event.split("\n").map(line => [line.split(":", 1)[0], line.slice(line.indexOf(":") + 1).trimStart()]));
      if (fields.event === "complete") return;
      if (fields.event === "next") yield fields.data;
    }
  }
}

// What was told so far as one answer: the newest event first, so that it can be seen as a table.
export function gathered(before, answer) {
  if (!answer.data) return answer.errors && before ? { ...before, errors: answer.errors } : answer;
  const data = {};
  for (const [field, event] of Object.entries(answer.data)) data[field] = [event, ...before?.data?.[field] || []].slice(0, KEPT);
  return { ...answer, data };
}
