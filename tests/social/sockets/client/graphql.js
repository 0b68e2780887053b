// Listens to a subscription with the official client, and prints each answer on a line of its own.
// node graphql.js URL TOKEN DOCUMENT VARIABLES COUNT
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, token, query, variables, count] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { token },
  retryAttempts: 0,
});
let heard = 0;
const stop = client.subscribe(
  { query, variables: JSON.parse(variables) },
  {
    next(answer) {
      console.log(JSON.stringify(answer));
      heard += 1;
      if (heard === Number(count)) stop();
    },
    error(problem) {
      console.log(JSON.stringify({ refused: problem.code ?? problem }));
      process.exitCode = 1;
      client.dispose();
    },
    complete() {
      client.dispose();
    },
  },
);
