// Prints what every audit of graphql-http says of the server at URL, as JSON: {"id": "ok" | "notice: …" | "warn: …" | "error: …"}.
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (address, options = {}) =>
  fetch(address, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });

const told = {};
for (const audit of serverAudits({ url, fetchFn })) {
  const result = await audit.fn();
  const answer = result.response ? `, got ${result.response.status} ${await result.response.text().catch(() => '')}` : '';
  told[`${audit.id} ${audit.name}`] = result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}${answer}`;
}
console.log(JSON.stringify(told));
