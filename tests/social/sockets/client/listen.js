// Listens with the official client: says on each line what it hears, and does what it reads from its input.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, token, channel, transport] = process.argv.slice(2);
const cursors = {};
const say = (...words) => process.stdout.write(JSON.stringify(words) + "\n");

const socket = io(url, {
  transports: transport === "both" ? ["polling", "websocket"] : [transport],
  auth: (give) => give({ token, cursors }),
  reconnectionDelay: 50,
  reconnectionDelayMax: 100,
});

socket.on("ready", (told) => {
  Object.assign(cursors, told.cursors);
  say("ready", told.cursors);
});
socket.on("event", (event) => {
  if (event.seq !== null) {
    if (event.channel in cursors && event.prev !== cursors[event.channel]) say("gap", event);
    cursors[event.channel] = event.seq;
  }
  say("event", event);
});
for (const name of ["resync_required", "unsubscribed", "refused"]) {
  socket.on(name, (told) => say(name, told));
}
socket.on("connect_error", (problem) => say("connect_error", problem.data ?? problem.message));
socket.on("disconnect", (reason) => say("disconnect", reason));

const acts = {
  subscribe: () =>
    socket.emit("subscribe", { channel }, (answer) => {
      if (answer.ok) cursors[channel] = answer.seq;
      say("subscribed", answer);
    }),
  drop: () => socket.io.engine.close(),
  transport: () => say("transport", socket.io.engine.transport.name),
  end: () => {
    socket.close();
    process.exit(0);
  },
};
createInterface({ input: process.stdin }).on("line", (line) => acts[line]());
