/**
 * What every answer tells browsers: run nothing but this server's own files, ask nobody else, stand in nobody's frame, and guess no types.
 * See https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html
 */
const ALWAYS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-store",
};

/** A browser that has seen the certificate once asks with TLS alone for so long, s. */
const ONLY_TLS_S = 30 * 24 * 3600;

export function securityHeaders(secure: boolean): Readonly<Record<string, string>> {
  return secure ? { ...ALWAYS, "strict-transport-security": `max-age=${ONLY_TLS_S}` } : ALWAYS;
}
