/**
 * Somebody who means ill, in a process of their own: opens connections to 127.0.0.1 and writes what was asked for over each, again and
 * again if so. Prints how many there are; ends with its stdin.
 */

import { connect } from "node:net";
import { createInterface } from "node:readline";

const { port, connections, addresses, first, more, everyMs, reads } = JSON.parse(process.argv[2]);
const AT_A_TIME = 200;
const told = { begun: 0, opened: 0, closed: 0 };
const open = new Set();

function begin() {
  if (told.begun === connections) return;
  // The whole of 127.0.0.0/8 is this machine, so that one can seem to be many.
  const localAddress = `127.1.0.${1 + (told.begun % addresses)}`;
  told.begun++;
  let waiting = true;
  const next = () => {
    if (waiting) begin();
    waiting = false;
  };
  const socket = connect({ port, host: "127.0.0.1", localAddress }, () => {
    told.opened++;
    open.add(socket);
    if (first) socket.write(first);
    next();
  });
  if (reads) socket.resume();
  socket.on("error", () => {});
  socket.on("close", () => {
    told.closed++;
    open.delete(socket);
    next();
  });
}

for (let i = 0; i < AT_A_TIME; i++) begin();
if (more)
  setInterval(() => {
    for (const socket of open) socket.write(more);
  }, everyMs);
setInterval(() => process.stdout.write(`${JSON.stringify({ ...told, open: open.size })}\n`), 100);
createInterface({ input: process.stdin }).on("close", () => process.exit(0));
