// Follows customers with the reference clients, graphql-ws and graphql-sse, and prints what they are told, one JSON
// line an event. Both go on by themselves when the server goes away: the cursor of the last event is put into the
// variables, which each of them sends anew. Ends with its standard input.
//
//   node client.mjs '{"url": …, "token": …, "after": …}'

import { createClient as createSse } from 'graphql-sse'
import { createClient as createWs } from 'graphql-ws'
import WebSocket from 'ws'

const given = JSON.parse(process.argv[2])
const query = 'subscription($after: String) { customerChanged(after: $after) { id kind cursor customer { name } } }'
const soon = () => new Promise((resolve) => setTimeout(resolve, 200))
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

const ws = createWs({
  url: given.url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${given.token}` },
  retryAttempts: 300,
  retryWait: soon,
  shouldRetry: () => true, // also where nobody listens at the address, which is no close of a connection
  on: {
    connected: () => print({ by: 'ws', connected: true }),
    closed: (event) => print({ by: 'ws', closed: event.code }),
  },
})
const sse = createSse({
  url: given.url,
  headers: { authorization: `Bearer ${given.token}` },
  retryAttempts: 300,
  retry: soon,
  on: { connected: () => print({ by: 'sse', connected: true }) },
})

function follow(by, client) {
  const request = { query, variables: { after: given.after } }
  client.subscribe(request, {
    next(answer) {
      if (answer.errors) return print({ by, errors: answer.errors })
      const { id, kind, cursor, customer } = answer.data.customerChanged
      request.variables.after = cursor
      print({ by, id, kind, name: customer.name })
    },
    error: (error) => print({ by, error: String(error.message ?? error.reason ?? error) }),
    complete: () => print({ by, complete: true }),
  })
}

follow('ws', ws)
follow('sse', sse)
process.stdin.resume().on('end', () => process.exit(0))
