import { h } from "../lib/dom.js";

/** A labelled choice among a few numbers. */
export function choice(
  name: string,
  options: readonly (readonly [string, number])[],
  chosen: number,
  changed: () => void,
): { element: HTMLElement; value: () => number } {
  const select = h(
    "select",
    { change: changed },
    ...options.map(([text, value]) => h("option", { value, selected: value === chosen }, text)),
  );
  return { element: h("label", { class: "choice" }, `${name} `, select), value: () => Number(select.value) };
}
