/** Prints the table of docs/gateway-config.md: every key of a gateway's configuration, from the schemas that check it. */

import { sections } from "../dist/cli/serve-parts.js";
import { gatewayEntries, keyReference } from "../dist/gateway/index.js";

const cell = (text) => text.replaceAll("|", "\\|");
console.log("| key | default | meaning |\n| --- | --- | --- |");
for (const { key, required, otherwise, meaning } of keyReference({ ...gatewayEntries, ...(await sections()) })) {
  const fallback = required ? "must be given" : otherwise === undefined || otherwise === "{}" ? "" : `\`${otherwise}\``;
  console.log(`| \`${key}\` | ${cell(fallback)} | ${cell(meaning)} |`);
}
