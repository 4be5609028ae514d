import { h } from "../lib/dom.js";
import { SHORTCUTS } from "./help-texts.js";

const SETTING = "biox-keys";

/** Whether single keys do something: who speaks to the machine, or whose hand trembles, can switch them off. */
export function keysAreOn(): boolean {
  try {
    return localStorage.getItem(SETTING) !== "off";
  } catch {
    return true;
  }
}

const keys = h("input", { type: "checkbox", change: () => remember(keys.checked) });

function remember(on: boolean): void {
  try {
    localStorage.setItem(SETTING, on ? "on" : "off");
  } catch {
    // Where nothing may be kept, it holds until the page is left.
  }
}

/** The list of keys. */
export const help = h(
  "dialog",
  { "aria-labelledby": "keys" },
  h("h2", { id: "keys" }, "Keys"),
  h(
    "dl",
    { class: "keys" },
    ...SHORTCUTS.map(([key, meaning]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, meaning))),
  ),
  h("label", { class: "check" }, keys, " Single keys do something"),
  h("form", { method: "dialog" }, h("button", { class: "primary" }, "Close")),
);

export function openHelp(): void {
  keys.checked = keysAreOn();
  if (!help.open) help.showModal();
}
