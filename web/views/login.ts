import { h, setText } from "../lib/dom.js";
import { login } from "../rest.js";
import type { View } from "./view.js";

/** Asks for a token. The server answers with a cookie that no script can read; the token itself is not kept. */
export class Login implements View {
  readonly title = "Sign in";
  private readonly token = h("input", {
    type: "password",
    id: "token",
    required: true,
    autocomplete: "current-password",
    spellcheck: "false",
  });
  private readonly problem = h("p", { class: "problem", role: "alert" });
  private readonly button = h("button", { type: "submit", class: "primary" }, "Sign in");
  readonly element = h(
    "section",
    { class: "card login" },
    h("h1", {}, "This gateway asks for a token"),
    h(
      "p",
      { class: "soft" },
      "Whoever runs it makes one with ",
      h("code", {}, "biox token create NAME --scope read --scope mark"),
      ".",
    ),
    h(
      "form",
      { submit: (event) => this.submit(event) },
      h("label", { for: "token" }, "Token"),
      this.token,
      this.button,
    ),
    this.problem,
  );

  constructor(private readonly done: () => void) {}

  update(): void {}

  destroy(): void {}

  private submit(event: Event): void {
    event.preventDefault();
    this.button.disabled = true;
    setText(this.problem, "");
    login(this.token.value.trim())
      .then(this.done, (error: Error) => setText(this.problem, error.message))
      .finally(() => {
        this.token.value = "";
        this.button.disabled = false;
      });
  }
}
