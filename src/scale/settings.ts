import * as v from "valibot";
import { invalidArgument } from "../errors.js";

const file = (what: string) => v.pipe(v.string("a path"), v.minLength(1, "a path"), v.description(what));
const number = (least: number, most: number) => {
  const what = `a number from ${least} to ${most}`;
  return v.pipe(v.number(what), v.minValue(least, what), v.maxValue(most, what));
};

const EXPECTED_URL = "a URL such as nats://broker.example:4222, or tls:// where TLS is a must";
const url = v.pipe(
  v.string(EXPECTED_URL),
  v.check((url) => /^(nats|tls):\/\/[^\s/]+$/.test(url) && URL.canParse(url), EXPECTED_URL),
);

/** How a NATS server is reached. */
export const brokerSettings = v.strictObject({
  nats: v.pipe(
    v.union([url, v.pipe(v.array(url), v.minLength(1, EXPECTED_URL))], EXPECTED_URL),
    v.description("URL of the NATS server, or of several of a cluster: nats://[user:password@]host:port, or tls://"),
  ),
  credentials: v.optional(file("file of NATS credentials (.creds)")),
  ca: v.optional(file("certificate, PEM, of the authority that has signed the server's; TLS is then a must")),
  certificate: v.optional(file("this machine's own certificate, PEM, where the server asks for one")),
  key: v.optional(file("private key of that certificate, PEM")),
});

/** Section `scale` of a gateway's configuration. */
export const scaleSettings = v.strictObject({
  ...brokerSettings.entries,
  bundles: v.pipe(
    v.array(v.string("the name of a bundle"), "a list of names of bundles"),
    v.minLength(1, "a list with the name of a bundle"),
    v.description("names of the bundles whose windows other machines run"),
  ),
  windows: v.pipe(
    v.optional(v.picklist(["prepared", "raw"], "'prepared' or 'raw'"), "prepared"),
    v.description("what is sent: windows prepared here as the model's input, or raw ones that the worker prepares"),
  ),
  deadline: v.pipe(
    v.optional(number(1, 3600), 10),
    v.description("seconds after which an answer is of no use any more; the window is then dropped everywhere"),
  ),
  waiting: v.pipe(
    v.optional(v.pipe(number(1, 1000), v.integer("a whole number from 1 to 1000")), 4),
    v.description("windows of one wearer and bundle that may wait for an answer; further hops are skipped"),
  ),
  megabytes: v.pipe(
    v.optional(number(1, 1_000_000), 64),
    v.description("size of a bundle's queue on the broker; hops are skipped while it is full"),
  ),
  storage: v.pipe(
    v.optional(v.picklist(["file", "memory"], "'file' or 'memory'"), "file"),
    v.description("where the broker keeps the queue; in memory it is lost when the broker restarts"),
  ),
});

/** Where the broker is, and who this machine is to it. */
export type BrokerSettings = v.InferOutput<typeof brokerSettings>;
/** Section `scale` of the configuration: times in s, sizes in 10^6 bytes. */
export type ScaleSettings = v.InferOutput<typeof scaleSettings>;

/**
 * Settings from elsewhere than a configuration file.
 *
 * @throws BioxError INVALID_ARGUMENT
 */
export function checkBroker(values: unknown): BrokerSettings {
  const result = v.safeParse(brokerSettings, values);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const name = String(issue.path?.[0]?.key ?? "broker");
  // A URL may have a password in it.
  const received = name === "nats" ? "another text" : issue.input;
  throw invalidArgument(name, name === "nats" ? EXPECTED_URL : (issue.expected ?? "another value"), received);
}
