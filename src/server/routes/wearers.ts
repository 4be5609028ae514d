import type { WearerStatus } from "../../gateway/types.js";
import type { AnswerMessage, GatewayMessage } from "../../sinks/sink.js";
import { list, object, ref, text, time } from "../schemas/json-schema.js";
import { problems } from "../schemas/problem.js";
import { API, answer, GUARDED, guarded, noWearer, type RouteContext, wearerOf, wearerParams } from "./context.js";

/** Messages of one answer: a hundred kilobytes or so. Older ones are asked for by `to`. */
const MOST_MESSAGES = 1000;
const DEFAULT_MESSAGES = 100;
/** Latest time that a Date can hold, epoch ms. */
const LATEST = 8.64e15;

interface HistoryQuery {
  from?: number;
  to?: number;
  limit?: number;
}

const historyQuery = object<HistoryQuery>(
  "Query.",
  {
    from: { ...time("messages made then or later"), maximum: LATEST },
    to: { ...time("messages made then or earlier"), maximum: LATEST },
    limit: {
      type: "integer",
      minimum: 1,
      maximum: MOST_MESSAGES,
      default: DEFAULT_MESSAGES,
      description: "messages at most",
    },
  },
  "from",
  "to",
  "limit",
);

interface NewMarker {
  name: string;
}

const newMarker = object<NewMarker>("A marker.", {
  name: {
    // No control characters: the name is printed, and stands in files.
    ...text("what to call this moment"),
    minLength: 1,
    maxLength: 64,
    pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]*$",
  },
});

interface MarkerSet {
  wearer: string;
  name: string;
  by: string;
  at: number;
}

/** Routes of wearers: as they are, what was said of them, and marking a moment. */
export function wearerRoutes(context: RouteContext): void {
  const { app, gateway } = context;
  const ofWearer = { ...GUARDED, ...problems("INVALID_ARGUMENT", "NOT_FOUND") };

  app.get(`${API}/wearers`, {
    config: { scope: "read" },
    schema: {
      operationId: "listWearers",
      summary: "All wearers as they are now",
      tags: ["wearers"],
      ...guarded("read"),
      response: {
        200: answer(
          object<{ wearers: readonly WearerStatus[] }>("All wearers.", {
            wearers: list(ref("Wearer"), "in the order of the configuration"),
          }),
          "All wearers",
        ),
        ...GUARDED,
      },
    },
    handler: async () => ({ wearers: gateway.wearers() }),
  });

  app.get(`${API}/wearers/:id`, {
    config: { scope: "read" },
    schema: {
      operationId: "getWearer",
      summary: "One wearer as it is now",
      tags: ["wearers"],
      ...guarded("read"),
      params: wearerParams,
      response: { 200: answer(ref("Wearer"), "The wearer"), ...ofWearer },
    },
    handler: async (request) => wearerOf(context, request),
  });

  app.get(`${API}/wearers/:id/latest`, {
    config: { scope: "read" },
    schema: {
      operationId: "getLatest",
      summary: "The newest answer of each bundle of a wearer",
      tags: ["wearers"],
      ...guarded("read"),
      params: wearerParams,
      response: {
        200: answer(
          object<{ latest: readonly AnswerMessage[] }>("The newest answers.", {
            latest: list(ref("Answer"), "of bundles that have answered"),
          }),
          "The newest answers",
        ),
        ...ofWearer,
      },
    },
    handler: async (request) => ({
      latest: wearerOf(context, request).bundles.flatMap(({ latest }) => latest ?? []),
    }),
  });

  app.get(`${API}/wearers/:id/history`, {
    config: { scope: "read" },
    schema: {
      operationId: "getHistory",
      summary: "What was said of a wearer, newest first",
      description:
        "For what is older than the last message of an answer, ask again with its time as `to`; what was made in that very millisecond comes again, with the same id.",
      tags: ["wearers"],
      ...guarded("read"),
      params: wearerParams,
      querystring: historyQuery,
      response: {
        200: answer(
          object<{ messages: readonly GatewayMessage[] }>("Messages.", {
            messages: list(ref("Message"), "newest first"),
          }),
          "Messages",
        ),
        ...ofWearer,
      },
    },
    handler: async (request) => {
      const { id } = wearerOf(context, request);
      const { from, to, limit = DEFAULT_MESSAGES } = request.query as HistoryQuery;
      const query = { limit, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
      return { messages: await gateway.history(id, query) };
    },
  });

  app.post(`${API}/wearers/:id/markers`, {
    config: { scope: "mark" },
    schema: {
      operationId: "setMarker",
      summary: "Marks this moment of a wearer",
      tags: ["wearers"],
      ...guarded("mark"),
      params: wearerParams,
      body: newMarker,
      response: {
        201: answer(
          object<MarkerSet>("The marker.", {
            wearer: text("id of the wearer"),
            name: text("what the moment is called"),
            by: text("who marked it: the name of the token"),
            at: time("when it was marked"),
          }),
          "It is marked",
        ),
        ...ofWearer,
        ...problems("MALFORMED", "INVALID_ARGUMENT", "TIMEOUT", "TOO_LARGE", "UNSUPPORTED"),
      },
    },
    handler: async (request, reply) => {
      const { id } = wearerOf(context, request);
      const { name } = request.body as NewMarker;
      const by = request.caller!.name;
      const at = gateway.mark(id, name, by);
      if (at === undefined) throw noWearer(id);
      reply.code(201);
      return { wearer: id, name, by, at } satisfies MarkerSet;
    },
  });
}
