import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Relay } from "./relay.js";
import { openPort } from "./serial-port.js";

const folder = mkdtempSync(join(tmpdir(), "biox-port-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** One in ten hits the instant in which a read is under way. */
const TIMES = 40;

it("notices that a port is pulled out, whatever it is doing at that instant", async () => {
  for (let k = 0; k < TIMES; k++) {
    const link = join(folder, `port${k}`);
    let opened = (): void => {};
    const read = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const relay = await Relay.start(link, { opened, bytes: () => {}, closed: () => {} });
    const port = await openPort(link, { baud: 115200, parity: "none" });
    port.on("data", () => {}).on("error", () => {});
    port.write("?");
    await read;
    const traffic = setInterval(() => relay.write(new Uint8Array(2000)), 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const pid = execFileSync("pgrep", ["-f", "--", `--link ${link}$`], { encoding: "utf8" });
    const closed = new Promise<string>((resolve) => port.once("close", () => resolve("closed")));
    process.kill(Number(pid), "SIGKILL");
    const late = new Promise<string>((resolve) => setTimeout(() => resolve("still open after 30 s"), 30_000).unref());
    expect(await Promise.race([closed, late])).toBe("closed");
    clearInterval(traffic);
    await relay.exited;
  }
});

it("hands over what was read in the instant in which the port was pulled out", async () => {
  const got = await Promise.all(
    Array.from({ length: 6 }, async (_, k) => {
      const link = join(folder, `last${k}`);
      let opened = (): void => {};
      const read = new Promise<void>((resolve) => {
        opened = resolve;
      });
      const relay = await Relay.start(link, { opened, bytes: () => {}, closed: () => {} });
      const port = await openPort(link, { baud: 115200, parity: "none" });
      let bytes = 0;
      port.on("data", (chunk: Buffer) => (bytes += chunk.length)).on("error", () => {});
      // A busy machine: what was read is known a while later.
      const binding = port.port!;
      const readNow = binding.read.bind(binding);
      binding.read = async (...where) => {
        const result = await readNow(...where);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return result;
      };
      const closed = new Promise((resolve) => port.once("close", resolve));
      port.write("?");
      await read;
      // The read that is under way already is not slowed.
      relay.write(new Uint8Array(10));
      await new Promise((resolve) => setTimeout(resolve, 40 * k));
      relay.write(new Uint8Array(54));
      relay.end();
      await relay.exited;
      await closed;
      return bytes;
    }),
  );
  expect(got).toEqual(Array(6).fill(64));
});
