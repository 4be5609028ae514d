import { Problem } from "../problem.js";
import { choice, list, object, orNull, text, time } from "../schemas/json-schema.js";
import { problems } from "../schemas/problem.js";
import { type Caller, SCOPES, type Scope } from "../scopes.js";
import type { TokenInfo } from "../tokens.js";
import { API, answer, COMMON, GUARDED, guarded, type RouteContext } from "./context.js";

interface Who {
  name: string;
  scopes: readonly Scope[];
}

const scopes = list(choice(SCOPES, "a scope"), "what it is good for");
const who = object<Who>("Who asks.", { name: text("name of the token, or `local` where none is asked for"), scopes });

const tokenInfo = object<TokenInfo>("A token, without its secret.", {
  id: text("its id"),
  name: text("its name"),
  scopes,
  created: time("when it was made"),
  expires: orNull(time("when it expires; null of one that does not")),
  used: orNull(time("when it was last shown since the server started; null where it was not")),
});

const nameAndScopes = ({ name, scopes }: Caller | Who): Who => ({ name, scopes });

/** Routes of tokens, and of browsers that show one once and hold a cookie from then on. */
export function sessionRoutes({ app, guard }: RouteContext): void {
  app.get(`${API}/session`, {
    config: { scope: "any" },
    schema: {
      operationId: "getSession",
      summary: "Who asks, and what they may do",
      tags: ["session"],
      ...guarded("any"),
      response: { 200: answer(who, "Who asks"), ...GUARDED },
    },
    handler: async (request) => nameAndScopes(request.caller!),
  });

  app.post(`${API}/session`, {
    schema: {
      operationId: "openSession",
      summary: "Shows a token and gets a cookie",
      description: "The cookie cannot be read by scripts and is sent to this server's own pages only.",
      tags: ["session"],
      security: [],
      body: object<{ token: string }>("A token.", { token: { ...text("biox_ID_SECRET"), maxLength: 200 } }),
      response: {
        200: answer(
          object<Who & { ends: number }>("The session.", { name: text("of the token"), scopes, ends: time("its end") }),
          "A cookie is set",
        ),
        ...COMMON,
        ...problems(
          "MALFORMED",
          "INVALID_ARGUMENT",
          "UNAUTHORIZED",
          "NOT_FOUND",
          "TIMEOUT",
          "TOO_LARGE",
          "UNSUPPORTED",
        ),
      },
    },
    handler: async (request, reply) => {
      if (!guard.tokens)
        throw new Problem("NOT_FOUND", "This server asks for no tokens, so there are no sessions.", "Just ask.");
      const token = guard.login(request.raw, (request.body as { token: string }).token);
      const { cookie, ends } = guard.open(token);
      reply.header("set-cookie", cookie);
      return { ...nameAndScopes(token), ends };
    },
  });

  app.delete(`${API}/session`, {
    schema: {
      operationId: "closeSession",
      summary: "Ends the session of a cookie",
      tags: ["session"],
      security: [],
      response: { 204: { description: "There is none any more", type: "null" }, ...COMMON },
    },
    handler: async (request, reply) => {
      reply.header("set-cookie", guard.close(request.raw));
      return reply.code(204).send();
    },
  });

  app.get(`${API}/tokens`, {
    config: { scope: "admin" },
    schema: {
      operationId: "listTokens",
      summary: "All tokens, without their secrets, and when they were last shown",
      tags: ["session"],
      ...guarded("admin"),
      response: {
        200: answer(
          object<{ tokens: readonly TokenInfo[] }>("All tokens.", {
            tokens: list(tokenInfo, "in the order of the file"),
          }),
          "All tokens",
        ),
        ...GUARDED,
      },
    },
    handler: async () => ({ tokens: guard.tokens?.list() ?? [] }),
  });
}
