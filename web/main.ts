import "uplot/dist/uPlot.min.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/overview.css";
import "./style/depth.css";
import { Connection } from "./connection.js";
import { announce } from "./lib/announce.js";
import { put } from "./lib/dom.js";
import { route } from "./lib/router.js";
import { Model } from "./model.js";
import { Bar } from "./views/bar.js";
import { Depth } from "./views/depth.js";
import { help, keysAreOn, openHelp } from "./views/help.js";
import { Login } from "./views/login.js";
import { Overview } from "./views/overview.js";
import { STATES } from "./views/states.js";
import type { View } from "./views/view.js";

const model = new Model();
const main = document.getElementById("main")!;
let view: View | undefined;
let dirty = true;
/** The wearer who is in depth: the list is entered again where it was left. */
let left: string | undefined;
const spoken = new Map<string, string>();

const connection = new Connection({
  state(state) {
    const before = model.connection.state;
    model.connection = state;
    dirty = true;
    if (state.state === before) return;
    if (state.state === "gone") announce("The gateway does not answer.");
    if (state.state === "open" && before === "gone") announce("The gateway answers again.");
    if ((state.state === "token") !== view instanceof Login) show();
    else if (state.state === "open" && view instanceof Depth) view.resume();
  },
  frame(frame) {
    if (model.take(frame)) dirty = true;
    if (frame.type === "hello" || frame.type === "status") sayStates();
  },
  samples: (frame) => model.takeSamples(frame),
});
const bar = new Bar(
  model,
  () => connection.retry(),
  document.getElementById("notice")!,
  document.getElementById("bar")!,
);

/** Shows what the address asks for. */
function show(): void {
  const asked = route(location.hash);
  const wearer = asked.view === "wearer" ? asked.id : null;
  view?.destroy();
  model.look(wearer);
  connection.watch(wearer);
  if (model.connection.state === "token") view = new Login(() => connection.open());
  else view = asked.view === "wearer" ? new Depth(model, asked.id) : new Overview(model, left);
  left = wearer ?? undefined;
  document.title = `${view.title} · biox-edge`;
  if (model.known || view instanceof Login) settle();
  dirty = true;
}

/** Puts the view in place of what was there. */
function settle(): void {
  if (!view || main.contains(view.element)) return;
  put(main, view.element);
  scrollTo(0, 0);
}

/** Says which links have changed. */
function sayStates(): void {
  for (const { id, state } of model.wearers) {
    const before = spoken.get(id);
    if (before !== undefined && before !== state) announce(`${id}: ${STATES[state].word}`);
    spoken.set(id, state);
  }
}

/** Brings text up to date once a picture at most, and at least each second: ages grow even when nothing is heard. */
function picture(): void {
  if (dirty) {
    dirty = false;
    bar.update();
    if (model.known) settle();
    view?.update();
  }
  view?.frame?.();
  requestAnimationFrame(picture);
}

addEventListener("hashchange", () => {
  show();
  main.focus({ preventScroll: true });
  announce(view!.title);
});
addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  const isForm = target instanceof Element && target.closest("input, select, textarea") !== null;
  if (isForm || (key.length === 1 && !keysAreOn())) return;
  if (key === "?") openHelp();
  else if (!view?.key?.(key)) return;
  event.preventDefault();
});
setInterval(() => {
  dirty = true;
}, 1000);

document.body.append(help);
connection.open();
show();
picture();
