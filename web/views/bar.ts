import type { ConnectionState } from "../connection.js";
import { h, put, setText } from "../lib/dom.js";
import { clock } from "../lib/format.js";
import type { Model } from "../model.js";
import { openHelp } from "./help.js";
import { Pill, type Tone } from "./states.js";

const STATES: Readonly<Record<ConnectionState["state"], readonly [string, Tone]>> = {
  connecting: ["connecting", "none"],
  open: ["connected", "good"],
  gone: ["not connected", "bad"],
  token: ["token needed", "warn"],
  outdated: ["page outdated", "warn"],
};

/** The line at the top, and the notice below it when something is wrong with the connection. */
export class Bar {
  private readonly gateway = h("span", { class: "gateway" });
  private readonly state = new Pill();
  private readonly time = h("time", { class: "number" });
  private readonly words = h("p");
  private readonly button = h("button", { type: "button", click: () => this.act() });

  constructor(
    private readonly model: Model,
    private readonly retry: () => void,
    private readonly notice: HTMLElement,
    bar: HTMLElement,
  ) {
    bar.append(
      h(
        "a",
        { href: "#/", class: "brand" },
        h("img", { src: "icon.svg", alt: "", width: 22, height: 22 }),
        "biox-edge",
      ),
      this.gateway,
      h("span", { class: "space" }),
      h("span", { class: "clock" }, h("span", { class: "unseen" }, "Time of the gateway "), this.time),
      this.state.element,
      h("button", { type: "button", class: "quiet", click: openHelp }, "Keys ", h("kbd", {}, "?")),
    );
  }

  update(): void {
    const { connection, gateway } = this.model;
    this.state.set(...STATES[connection.state]);
    setText(this.gateway, gateway);
    setText(this.time, this.model.known ? clock(this.model.now()) : "");
    const [words, action] = this.problem(connection);
    if (words === undefined) {
      put(this.notice);
      return;
    }
    setText(this.words, words);
    setText(this.button, action ?? "");
    this.button.hidden = action === undefined;
    if (!this.notice.hasChildNodes()) put(this.notice, h("div", { class: "warn" }, this.words, this.button));
  }

  private problem(connection: ConnectionState): [string | undefined, string?] {
    if (connection.state === "outdated")
      return ["The gateway was updated. This page is of an older version.", "Load it anew"];
    if (connection.state === "gone") {
      const shown = this.model.known ? ` What is shown is from then, and ages.` : "";
      return [
        `The gateway has not answered since ${clock(connection.since)}.${shown} The page tries again by itself.`,
        "Try now",
      ];
    }
    // Without numbers that grow: the notice is read out whenever it changes.
    if (connection.state === "open" && this.model.slow)
      return [
        "This viewer is too slow for all signals, and some are left out of the picture. The gateway and its answers are not affected.",
      ];
    return [undefined];
  }

  private act(): void {
    if (this.model.connection.state === "outdated") location.reload();
    else this.retry();
  }
}
