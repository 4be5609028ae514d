import type { ForgetReport } from "../../gateway/forget/report.js";
import { Problem } from "../problem.js";
import { choice, count, flag, type JsonSchema, list, object, text } from "../schemas/json-schema.js";
import { problems } from "../schemas/problem.js";
import {
  API,
  answer,
  GUARDED,
  guarded,
  noWearer,
  type RouteContext,
  type WearerParams,
  wearerParams,
} from "./context.js";

const counts = (description: string): JsonSchema => ({
  type: "object",
  description,
  additionalProperties: { type: "integer", minimum: 1 },
});

const report = object<ForgetReport>("What was removed.", {
  wearer: text("id of the wearer"),
  dryRun: flag("false: it was removed"),
  files: list(
    object<ForgetReport["files"][number]>("A file.", { path: text("where it was"), bytes: count("its size") }),
    "recordings, tables, and damaged files that named the wearer",
  ),
  rows: counts("rows by database"),
  lines: counts("lines by text file"),
  brokers: list(
    object<ForgetReport["brokers"][number]>("What a broker kept.", {
      sink: text("name of the sink; scale for the broker of workers"),
      state: choice(["cleared", "nothing", "unreachable", "kept"], "what became of it"),
    }),
    "brokers that may keep something",
  ),
  remains: list({ type: "string" }, "what is beyond reach, in sentences"),
});

/** The route by which everything of a wearer is removed who is measured no more. */
export function forgetRoute({ app, gateway }: RouteContext): void {
  app.delete(`${API}/wearers/:id/data`, {
    config: { scope: "admin" },
    schema: {
      operationId: "forgetWearer",
      summary: "Removes everything of a wearer who is not in the configuration any more",
      description: "Asked again after an error, it removes what is left.",
      tags: ["wearers"],
      ...guarded("admin"),
      params: wearerParams,
      response: {
        200: answer(report, "What was removed"),
        ...GUARDED,
        ...problems("INVALID_ARGUMENT", "NOT_FOUND", "CONFLICT"),
      },
    },
    handler: async (request) => {
      const { id } = request.params as WearerParams;
      if (gateway.wearers().some((wearer) => wearer.id === id))
        throw new Problem(
          "CONFLICT",
          `Wearer '${id}' is in the configuration and would be measured again.`,
          "Take it out of 'wearers', have the gateway read the configuration again (SIGHUP), then forget.",
        );
      const removed = await gateway.forget?.(id);
      if (!removed) throw noWearer(id);
      return removed;
    },
  });
}
