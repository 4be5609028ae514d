/** Least ms between two announcements: a reader needs time to speak, and only the newest of several matters. */
const APART_MS = 3000;
/** Lines that stay for who goes back to them. */
const KEPT = 5;

let last = 0;
let waiting: string | undefined;

/** Says a sentence to screen readers, politely. */
export function announce(text: string): void {
  if (waiting === undefined) window.setTimeout(say, Math.max(0, last + APART_MS - performance.now()));
  waiting = text;
}

function say(): void {
  const log = document.getElementById("announcer");
  if (!log || waiting === undefined) return;
  const line = document.createElement("p");
  line.textContent = waiting;
  waiting = undefined;
  last = performance.now();
  log.append(line);
  while (log.childElementCount > KEPT) log.firstElementChild?.remove();
}
