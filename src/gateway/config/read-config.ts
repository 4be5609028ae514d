import { readdir, readFile, stat } from "node:fs/promises";
import * as v from "valibot";
import { type Document, isMap, isPair, LineCounter, parseDocument } from "yaml";
import { explainIssue } from "../../bundle/manifest-issue.js";
import { unreadable } from "../../paths.js";
import { checkReferences } from "./check-references.js";
import { configInvalid, type Problem } from "./problem.js";
import { type Config, configSchema, type Sections } from "./schema.js";
import type { GatewaySettings } from "./settings.js";

/** A thousand wearers have some 200 kB. */
const LARGEST_BYTES = 1 << 20;
/** Where the parser speaks to programmers, what it means. */
const SAID_ANEW: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "a second document begins here",
  DUPLICATE_KEY: "this key is there already: keys must be unique",
};
const WITHIN: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: "A configuration is one document: take out the line '---' or '...', and what is behind it.",
  DUPLICATE_KEY: "Take one of the two out.",
};
const REFERENCE = "docs/gateway-config.md lists every key.";

/**
 * Reads a configuration: YAML 1.2, of which every key is known. Nothing but this file and the names of ports is looked at.
 *
 * @param sections schemas of sections that other parts read
 * @throws BioxError CONFIG_INVALID, FILE_UNREADABLE
 */
export async function readConfig<S extends Sections>(path: string, sections: S): Promise<Config<S>> {
  const text = await readText(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken)
    throw configInvalid(path, [
      {
        line: lines.linePos(broken.pos[0]).line,
        what: `expected YAML, but ${SAID_ANEW[broken.code] ?? sentence(broken.message)}`,
        hint: WITHIN[broken.code] ?? "Indentation counts in YAML, and a tab is no indentation.",
      },
    ]);
  if (document.contents !== null && !isMap(document.contents))
    throw configInvalid(path, [
      { line: 1, what: "expected keys with values, but the content is something else", hint: REFERENCE },
    ]);
  const content = toPlain(path, document);
  const result = v.safeParse(configSchema(sections), content ?? {});
  const lineOf = (keys: readonly unknown[]): number | undefined => {
    const at = position(document, keys);
    return at === undefined ? undefined : lines.linePos(at).line;
  };
  if (!result.success)
    throw configInvalid(
      path,
      result.issues.map((issue): Problem => {
        const keys = (issue.path ?? []).map(({ key }) => key);
        return { line: lineOf(keys), what: explainIssue(issue), hint: REFERENCE };
      }) as [Problem, ...Problem[]],
    );
  const config = result.output as unknown as Config<S>;
  const [first, ...more] = await checkReferences(config as unknown as GatewaySettings, lineOf);
  if (first) throw configInvalid(path, [first, ...more]);
  return config;
}

/** @throws BioxError FILE_UNREADABLE where the folder of a configuration is not there */
export async function requireFolder(path: string): Promise<void> {
  await readdir(path).catch((cause) => {
    throw unreadable(path, cause);
  });
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > LARGEST_BYTES)
      throw configInvalid(path, [
        { line: undefined, what: `expected at most 1 MiB, but it has ${size} bytes`, hint: "Is it another file?" },
      ]);
    return await readFile(path, "utf8");
  } catch (cause) {
    throw cause instanceof Error && "code" in cause && cause.name !== "BioxError" ? unreadable(path, cause) : cause;
  }
}

/** The content; aliases may repeat a part, but not blow up into more than memory holds. */
function toPlain(path: string, document: Document): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    const what = sentence(cause instanceof Error ? cause.message : String(cause));
    throw configInvalid(path, [{ line: undefined, what: `expected YAML, but ${what}`, hint: REFERENCE }]);
  }
}

function sentence(message: string): string {
  return `${message.charAt(0).toLowerCase()}${message.slice(1)}`.replace(/\.$/, "");
}

/** Where a key, or the nearest thing above it that is there, stands in the text. */
function position(document: Document, keys: readonly unknown[]): number | undefined {
  for (let depth = keys.length; depth > 0; depth--) {
    const owner = depth > 1 ? document.getIn(keys.slice(0, depth - 1), true) : document.contents;
    const last = keys[depth - 1];
    if (isMap(owner)) {
      const pair = owner.items.find(({ key }) => String(key) === String(last));
      if (isPair(pair)) return (pair.key as { range?: [number, number, number] }).range?.[0];
    }
    const node = document.getIn(keys.slice(0, depth), true) as { range?: [number, number, number] } | undefined;
    if (node?.range) return node.range[0];
  }
  return undefined;
}
