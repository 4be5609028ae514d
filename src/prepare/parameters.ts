import type { StepPlace } from "./place.js";

/** Bounds of a number; each is optional. */
export interface Range {
  readonly above?: number;
  readonly atLeast?: number;
  readonly below?: number;
  readonly atMost?: number;
}

function within(value: number, range: Range): boolean {
  return (
    value > (range.above ?? Number.NEGATIVE_INFINITY) &&
    value >= (range.atLeast ?? Number.NEGATIVE_INFINITY) &&
    value < (range.below ?? Number.POSITIVE_INFINITY) &&
    value <= (range.atMost ?? Number.POSITIVE_INFINITY)
  );
}

function phrase(noun: string, range: Range): string {
  const bounds: string[] = [];
  if (range.above !== undefined) bounds.push(`above ${range.above}`);
  if (range.atLeast !== undefined) bounds.push(`of at least ${range.atLeast}`);
  if (range.below !== undefined) bounds.push(`below ${range.below}`);
  if (range.atMost !== undefined) bounds.push(`at most ${range.atMost}`);
  return [noun, bounds.join(" and ")].filter(Boolean).join(" ");
}

/** Reads the parameters of one step out of untrusted JSON; `done()` refuses the names that nobody asked for. */
export class Parameters {
  readonly #asked = new Set<string>(["step"]);

  constructor(
    readonly place: StepPlace,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  has(name: string): boolean {
    this.#asked.add(name);
    return Object.hasOwn(this.values, name) && this.values[name] !== undefined;
  }

  /** A finite number within `range`; required when there is no fallback. */
  number(name: string, range: Range, fallback?: number): number {
    return this.#numeric(name, "a finite number", Number.isFinite, range, fallback);
  }

  /** A whole number within `range`; required when there is no fallback. */
  integer(name: string, range: Range, fallback?: number): number {
    return this.#numeric(name, "a whole number", Number.isSafeInteger, range, fallback);
  }

  /** One of a few words; required when there is no fallback. */
  choice<T extends string>(name: string, options: readonly T[], fallback?: T): T {
    if (!this.has(name) && fallback !== undefined) return fallback;
    const value = this.values[name];
    const found = options.find((option) => option === value);
    if (found === undefined)
      throw this.place.invalid(name, options.map((option) => `'${option}'`).join(" or "), this.#own(name));
    return found;
  }

  /** Refuses parameters that this step does not have: a misspelt one would otherwise be silently ignored. */
  done(): void {
    for (const name of Object.keys(this.values)) {
      if (this.#asked.has(name) || this.values[name] === undefined) continue;
      const known = [...this.#asked].filter((asked) => asked !== "step");
      throw this.place.infeasible(`has no parameter '${name}'`, `Its parameters are ${known.join(", ")}.`);
    }
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  #numeric(name: string, noun: string, fits: (value: unknown) => boolean, range: Range, fallback?: number): number {
    if (!this.has(name) && fallback !== undefined) return fallback;
    const value = this.#own(name);
    if (!fits(value) || !within(value as number, range)) throw this.place.invalid(name, phrase(noun, range), value);
    return value as number;
  }
}
