import { BioxError } from "../../errors.js";
import { run } from "./steps.js";
import { SERVICE } from "./unit.js";

const PROPERTIES = ["LoadState", "ActiveState", "SubState", "StatusText", "NRestarts", "ActiveEnterTimestamp"];

/**
 * How systemd says the service is doing.
 *
 * @throws BioxError SERVICE_FAILED where it cannot be asked
 */
export async function serviceStatus(): Promise<{ state: string; lines: string[] }> {
  let text: string;
  try {
    text = await run(["systemctl", "show", `${SERVICE}.service`, `--property=${PROPERTIES.join(",")}`]);
  } catch (cause) {
    throw new BioxError(
      "SERVICE_FAILED",
      "systemd cannot be asked about the service.",
      "Was this machine started by it?",
      {
        cause,
      },
    );
  }
  const { LoadState, ActiveState, ...others } = Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
  );
  if (LoadState !== "loaded") return { state: "not installed", lines: [] };
  const lines = Object.entries(others).flatMap(([name, value]) => (value ? [`${name}: ${value}`] : []));
  return { state: ActiveState ?? "unknown", lines };
}
