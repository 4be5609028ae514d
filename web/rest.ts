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

/** Messages of one answer at most. */
const MESSAGES = 1000;

/** Hands over the messages of a wearer since `from`, epoch ms, in pieces, newest first; stops where `take` returns false. */
export async function loadHistory(
  wearer: string,
  from: number,
  take: (messages: readonly GatewayMessage[]) => boolean,
): Promise<void> {
  for (let to: number | undefined; ; ) {
    const until = to === undefined ? "" : `&to=${to}`;
    const query = `from=${Math.floor(from)}&limit=${MESSAGES}${until}`;
    const { messages } = (await ask(`wearers/${wearer}/history?${query}`)) as { messages: readonly GatewayMessage[] };
    const oldest = messages.at(-1)?.at;
    if (!take(messages) || messages.length < MESSAGES || oldest === undefined || oldest === to) return;
    to = oldest;
  }
}

export async function mark(wearer: string, name: string): Promise<void> {
  await ask(`wearers/${wearer}/markers`, { name });
}
