import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, it } from "vitest";
import { until } from "../../../test/support/until.js";
import { HotPlug } from "./hot-plug.js";

const folder = mkdtempSync(join(tmpdir(), "biox-plug-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("tells when a name of a port comes, leads to another port, and goes", async () => {
  const byId = join(folder, "by-id");
  const name = join(byId, "usb-Maker_Thing_01-if00");
  const [first, second] = [join(folder, "ttyUSB0"), join(folder, "ttyUSB1")];
  for (const port of [first, second]) writeFileSync(port, "");
  let told = 0;
  const hotPlug = new HotPlug();
  const deafen = hotPlug.listen(() => told++, name);
  try {
    const after = async (what: string, change: () => void): Promise<void> => {
      const before = told;
      change();
      await until(what, () => told > before);
    };
    // The first look only learns what there is.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await after("it is plugged in", () => {
      mkdirSync(byId);
      symlinkSync(first, name);
    });
    await after("it is another port", () => {
      unlinkSync(name);
      symlinkSync(second, name);
    });
    await after("it is pulled out", () => unlinkSync(name));
  } finally {
    deafen();
  }
});
