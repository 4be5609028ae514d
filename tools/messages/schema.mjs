/** Writes docs/messages.schema.json anew: `npm run build:ts && node tools/messages/schema.mjs && npx biome check --write docs`. */

import { writeFileSync } from "node:fs";
import { payloadJsonSchema } from "../../dist/gateway/index.js";

const path = new URL("../../docs/messages.schema.json", import.meta.url);
writeFileSync(path, `${JSON.stringify(payloadJsonSchema(), null, 2)}\n`);
