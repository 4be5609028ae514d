import type { GenericIssue, IssuePathItem } from "valibot";
import { show } from "../errors.js";
import { brief } from "./brief.js";

/**
 * Turns the schema library's first complaint into "expected PATH to be EXPECTED, but received VALUE".
 * The schema's own messages are written as the EXPECTED part.
 */
export function explainIssue(issue: GenericIssue): string {
  const path = issue.path ?? [];
  const last = path.at(-1);
  const strict = issue.type === "strict_object" || issue.type === "loose_object";
  if (last !== undefined && "origin" in last && last.origin === "key") {
    const key = String(last.key);
    const owner = path.length > 1 ? pathText(path.slice(0, -1)) : "the top level";
    if (!strict) return `expected each key of ${owner} to be ${issue.message}, but received ${show(key)}`;
    if (issue.received === "undefined") return `expected ${pathText(path)}, but it is missing`;
    return `expected no key ${show(key)} in ${owner}: it is unknown or misspelt`;
  }
  const where = path.length > 0 ? pathText(path) : "the content";
  const expected = strict ? "an object" : issue.message;
  return `expected ${where} to be ${expected}, but received ${brief(issue.input)}`;
}

/** A JSON path as people write it: `files.lower.onnx` would mislead, so keys with a dot are quoted. */
function pathText(path: readonly IssuePathItem[]): string {
  let text = "";
  for (const { key } of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_]\w*$/.test(String(key))) text += text === "" ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(key)}]`;
  }
  return text;
}
