import { Command, Option } from "commander";
import type { NewToken, Scope } from "../gateway/index.js";
import { positive, printJson } from "./options.js";

/** Where a service that was installed by `biox service install` looks for its tokens. */
const FILE = "/etc/biox/tokens.json";

interface TokenFlags {
  file: string;
  json?: boolean;
}

interface CreateFlags extends TokenFlags {
  scope?: Scope[];
  days?: number;
}

const out = (text: string): unknown => process.stdout.write(`${text}\n`);

export function tokenCommand(): Command {
  return new Command("token")
    .description("Makes, lists and revokes tokens for the HTTP interface of 'biox serve'.")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function withFile(command: Command): Command {
  return command
    .option("--file <path>", "file of tokens, as 'listen.tokens' names it", FILE)
    .option("--json", "as one JSON object");
}

function createCommand(): Command {
  const scope = new Option("--scope <scope...>", "what it is good for (default: read)").choices([
    "read",
    "mark",
    "admin",
  ]);
  return withFile(
    new Command("create")
      .description("Makes a token and prints it, once: the file holds only its hash.")
      .argument("<name>", "who holds it: letters, digits, '_', '.' and '-'")
      .addOption(scope)
      .option("--days <n>", "days after which it expires (default: never)", positive),
  )
    .addHelpText(
      "after",
      `
read: see everything. mark: set markers. admin: both, see who else holds a token, and have a wearer forgotten.
A running server takes the token within a second.
Examples:
  $ biox token create prometheus
  $ biox token create nurse-station --scope read mark --days 365
  $ biox token create tablet --file tokens.json --json`,
    )
    .action(async (name: string, flags: CreateFlags) => {
      const { createToken } = await import("../gateway/index.js");
      const token = createToken(flags.file, name, flags.scope ?? ["read"], flags.days);
      if (flags.json) printJson({ type: "token", ...token });
      else {
        process.stderr.write(`biox: Token '${name}' (${about(token)}) is in ${flags.file}. It is shown this once:\n`);
        out(token.token);
      }
    });
}

function listCommand(): Command {
  return withFile(new Command("list").description("Lists the tokens of a file, without their secrets.")).action(
    async (flags: TokenFlags) => {
      const { listTokens } = await import("../gateway/index.js");
      const tokens = listTokens(flags.file);
      if (flags.json) printJson({ type: "tokens", tokens });
      else if (tokens.length === 0) out("none");
      else for (const token of tokens) out(`${token.id}  ${token.name.padEnd(20)} ${about(token)}`);
    },
  );
}

function revokeCommand(): Command {
  return withFile(
    new Command("revoke")
      .description("Removes a token, and ends what was begun with it.")
      .argument("<token>", "its name or its id"),
  ).action(async (which: string, flags: TokenFlags) => {
    const { revokeToken } = await import("../gateway/index.js");
    const token = revokeToken(flags.file, which);
    if (flags.json) printJson({ type: "revoked", ...token });
    else out(`Token '${token.name}' (${token.id}) is revoked; a running server refuses it within a second.`);
  });
}

function about({ scopes, created, expires }: Pick<NewToken, "scopes" | "created" | "expires">): string {
  const end = expires === undefined ? "" : `, ${expires < Date.now() ? "expired" : "expires"} ${day(expires)}`;
  return `${scopes.join(" ")}, made ${day(created)}${end}`;
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
