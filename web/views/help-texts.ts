import { h } from "../lib/dom.js";

/** What to do where the configuration names nobody. */
export function noWearers(): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, "No wearer is configured"),
    h("p", {}, "The gateway runs, but its configuration names no wearers, so there is nothing to show."),
    h(
      "ol",
      {},
      h("li", {}, "See which wearables are there: ", h("code", {}, "biox devices")),
      h("li", {}, "Write a configuration with those that were found: ", h("code", {}, "biox init")),
      h(
        "li",
        {},
        "Or add them under ",
        h("code", {}, "wearers:"),
        " yourself, and check the file: ",
        h("code", {}, "biox serve --check CONFIG"),
      ),
      h("li", {}, "Have the gateway read it again: ", h("code", {}, "systemctl reload biox")),
    ),
  );
}

/** What to look at where a wearer's device is not there. */
export function noDevice(source: string, reason: string | undefined): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, "No device found: here is how to check"),
    h(
      "p",
      {},
      "The gateway looks for ",
      h("code", {}, source),
      " again and again.",
      reason ? ` The last answer was: ${reason}` : "",
    ),
    h(
      "ol",
      {},
      h("li", {}, "Is the wearable switched on, charged, and plugged in (or its receiver)?"),
      h(
        "li",
        {},
        "Does the machine see it? ",
        h("code", {}, "biox devices"),
        " lists ports and what is known of each.",
      ),
      h(
        "li",
        {},
        "Does it answer? ",
        h("code", {}, "biox devices probe PORT"),
        " says which kind of device speaks there.",
      ),
      h(
        "li",
        {},
        "May the gateway open it? Its user has to be in the group of the port, usually ",
        h("code", {}, "dialout"),
        ".",
      ),
      h("li", {}, "Is another program using the port, such as a terminal or ModemManager?"),
    ),
    h("p", { class: "soft" }, "As soon as it is there, its signals appear here by themselves."),
  );
}

/** What to do where an address names a wearer whom the configuration does not. */
export function noSuchWearer(id: string): HTMLElement {
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, `There is no wearer ${id}`),
    h("p", {}, "The configuration of the gateway does not name it, or no longer does."),
  );
}

export const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["↑ ↓", "next and previous wearer, in the list"],
  ["Enter", "open the wearer that has the focus"],
  ["← →", "next and previous wearer, in depth"],
  ["M", "mark this moment"],
  ["P", "hold the signals, and let them go on"],
  ["Esc", "back to all wearers"],
  ["?", "this list"],
];
