/** What a token may be used for: to read everything, to set markers, or (admin) both, to see who else holds a token, and to have a wearer forgotten. */
export const SCOPES = ["read", "mark", "admin"] as const;
/** One thing that a token allows. */
export type Scope = (typeof SCOPES)[number];

/** Who asks: the holder of a token, or anybody on this machine where no tokens are asked for. */
export interface Caller {
  /** Name of the token; `local` without one. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Id of the token; undefined without one. */
  readonly token: string | undefined;
  /** False from the moment at which the token is revoked or has expired, or its session has ended. */
  valid(): boolean;
}

export function mayDo({ scopes }: Pick<Caller, "scopes">, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes("admin");
}
