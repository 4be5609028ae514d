/** Schemathesis makes requests from the OpenAPI document, good and bad ones, and looks at whether the answers are what it says. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createToken } from "biox-edge/gateway";
import { afterAll, expect, it } from "vitest";
import { Serving } from "./support/serving.js";

const program =
  process.env.BIOX_SCHEMATHESIS ?? fileURLToPath(new URL("../build/readers/bin/schemathesis", import.meta.url));
const serving = new Serving();
afterAll(() => serving.end());

it("is answered as the document says, whatever is asked", async () => {
  if (!existsSync(program)) return console.log("skipped: no schemathesis in build/readers");
  const tokens = join(serving.folder, "tokens.json");
  const { token } = createToken(tokens, "fuzzer", ["admin"]);
  const { url } = await serving.start({ tokens, requests: 1_000_000 });
  const asked = promisify(execFile)(
    program,
    [
      ...["run", `${url}/openapi.json`, "--header", `Authorization: Bearer ${token}`],
      ...[
        "--phases",
        "coverage,fuzzing",
        "--max-examples",
        "25",
        "--seed",
        "1",
        "--no-shrink",
        "--continue-on-failure",
      ],
      // Wrong tokens are counted against the address and then refused whatever they look like; a WebSocket is nothing that it knows.
      ...["--exclude-operation-id", "openSession", "--exclude-operation-id", "watchLive", "--checks", "all"],
    ],
    { cwd: serving.folder, maxBuffer: 1e8, env: { ...process.env, NO_COLOR: "1" } },
  );
  const { stdout, code = 0 } = await asked.catch((failed) => failed);
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/Tested: +\d\d/);
});
