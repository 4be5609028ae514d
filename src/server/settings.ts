import * as v from "valibot";

/** Reverse proxies and scrapers need few; a ward's pages a connection or two each. */
const MOST_CONNECTIONS = 10_000;

const count = (least: number, most: number) =>
  v.pipe(
    v.number(`a whole number from ${least} to ${most}`),
    v.integer(`a whole number from ${least} to ${most}`),
    v.minValue(least, `a whole number from ${least} to ${most}`),
    v.maxValue(most, `a whole number from ${least} to ${most}`),
  );
const path = v.pipe(v.string("a path"), v.minLength(1, "a path"));

/** Section `listen` of the configuration: the HTTP interface. */
export const listenSettings = v.strictObject({
  address: v.pipe(
    v.optional(v.pipe(v.string("an address"), v.minLength(1, "an address")), "127.0.0.1"),
    v.description("address to listen on; any other than this machine's own (127.0.0.1, ::1) needs `tokens`"),
  ),
  port: v.pipe(v.optional(count(0, 65_535), 8321), v.description("TCP port; 0 takes a free one")),
  tokens: v.pipe(
    v.optional(path),
    v.description(
      "file of tokens, made by `biox token create`; where it is given, a token is asked for on any address",
    ),
  ),
  tls: v.pipe(
    v.optional(
      v.strictObject({
        certificate: v.pipe(
          path,
          v.description("file of the certificate and those above it, PEM; read again on SIGHUP"),
        ),
        key: v.pipe(path, v.description("file of its private key, PEM")),
      }),
    ),
    v.description("HTTPS instead of HTTP"),
  ),
  hosts: v.pipe(
    v.optional(
      v.array(
        v.pipe(v.string("a name without port"), v.regex(/^[\w.:-]{1,253}$/, "a name without port")),
        "a list of names",
      ),
      [],
    ),
    v.description("further names under which the machine may be asked for, such as that of a reverse proxy"),
  ),
  requests: v.pipe(
    v.optional(count(1, 1_000_000), 1200),
    v.description("requests a minute that one address may make, and one token"),
  ),
  connections: v.pipe(
    v.optional(count(1, MOST_CONNECTIONS), 512),
    v.description("connections at a time; further ones are closed at once"),
  ),
  connectionsPerAddress: v.pipe(
    v.optional(count(1, MOST_CONNECTIONS), 64),
    v.description("connections at a time from one address"),
  ),
  viewers: v.pipe(v.optional(count(1, 1000), 16), v.description("live pages open at a time")),
});

/** Section `listen` of the configuration. */
export type ListenSettings = v.InferOutput<typeof listenSettings>;
