import type { GatewayMessage } from "../src/sinks/sink.js";

/** What went wrong with a request, in a sentence for the user. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function ask(path: string, body?: object): Promise<unknown> {
  const response = await fetch(`/api/v1/${path}`, {
    ...(body ? { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } } : {}),
    credentials: "same-origin",
    cache: "no-store",
  }).catch(() => {
    throw new Refused(0, "The gateway does not answer.");
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const { message, hint } = (answer ?? {}) as { message?: string; hint?: string };
  throw new Refused(
    response.status,
    [message ?? `The gateway answered ${response.status}.`, hint].filter(Boolean).join(" "),
  );
}

/** Whether the gateway asks for a token; false where it cannot be asked. */
export async function needsToken(): Promise<boolean> {
  return ask("wearers").then(
    () => false,
    (error: unknown) => error instanceof Refused && error.status === 401,
  );
}

/** Opens a session: the server sets a cookie that scripts cannot read. */
export async function login(token: string): Promise<void> {
  await ask("session", { token });
}

/** Newest messages of a wearer, in any order. */
export async function loadHistory(wearer: string, limit: number): Promise<readonly GatewayMessage[]> {
  const answer = await ask(`wearers/${wearer}/history?limit=${limit}`);
  return Array.isArray(answer) ? answer : ((answer as { messages?: GatewayMessage[] }).messages ?? []);
}

export async function mark(wearer: string, name: string): Promise<void> {
  await ask(`wearers/${wearer}/markers`, { name });
}
