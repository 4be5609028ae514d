/** What a configuration says, as schema.ts reads it. */

import type { Precision } from "../../bridge/index.js";
import type { LogLevel } from "../log.js";

export interface BundleSettings {
  readonly path: string;
  readonly engines?: number | undefined;
  readonly threads?: number | undefined;
  readonly batch?: number | undefined;
  readonly precision?: Precision | undefined;
}

export interface WearerSettings {
  readonly id: string;
  readonly source: string;
  /** Names of bundles. */
  readonly bundles: readonly string[];
  /** Seconds between two windows; the bundle's where it is not given. */
  readonly hop?: number | undefined;
  readonly record: boolean;
  /** Seconds without a sample after which the port is closed and opened again. */
  readonly silence: number;
}

/** What the gateway itself needs of a configuration; sections of other parts are theirs. */
export interface GatewaySettings {
  readonly gateway: string;
  readonly data: string;
  readonly bundles: Readonly<Record<string, BundleSettings>>;
  readonly wearers: readonly WearerSettings[];
  readonly log: { readonly level: LogLevel };
}
