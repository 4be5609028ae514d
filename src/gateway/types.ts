import type { EventEmitter } from "node:events";
import type { StreamDescriptor } from "../devices/types.js";
import type { EngineInfo, Summary } from "../engine/types.js";
import type { BrokerReport } from "../scale/index.js";
import type { AnswerMessage, GatewayMessage, LinkMessage, SinkReport } from "../sinks/sink.js";
import type { LinkReport } from "../stream/feed.js";
import type { SampleEvent } from "../stream/source-events.js";
import type { Gap } from "../stream/timeline.js";
import type { ForgetReport } from "./forget/report.js";

/** One wearer as it is now. */
export interface WearerStatus {
  /** Pseudonymous, 1 to 40 of A-Z a-z 0-9 _ -. */
  readonly id: string;
  /** URI of the source as configured, and the port that it was last found at. */
  readonly source: string;
  readonly port: string | undefined;
  readonly state: LinkMessage["state"];
  /** Why it is in that state, in a sentence. */
  readonly reason: string | undefined;
  /** Since when it is in that state, epoch ms. */
  readonly since: number;
  /** Channels and rates of the streams; empty until the source has answered once. */
  readonly streams: readonly Pick<StreamDescriptor, "id" | "name" | "rate" | "channels">[];
  /** ms since the newest sample was received; null before the first. */
  readonly ageMs: number | null;
  /** Charge of the wearable's battery, 0 to 1; null where it does not say. */
  readonly battery: number | null;
  /** By name of the bundle: its newest answer, and the account of its run. */
  readonly bundles: readonly {
    readonly name: string;
    /** Seconds between two windows. */
    readonly hop: number;
    readonly latest: AnswerMessage | undefined;
    readonly summary: Summary | undefined;
    /** Number of the run whose account that is: another one counts hops and answers anew. */
    readonly run: number;
    /** Why it gives no answers at the moment: it does not fit this source, or its engine has died. */
    readonly failure?: string | undefined;
  }[];
  /** Path of the recording under way. */
  readonly recording: string | undefined;
  /** How many sources were opened for it, one after another; one that finds its port again stays the same. */
  readonly opened: number;
  /** What the links of all of them have carried and lost; undefined before the first. */
  readonly link: LinkReport | undefined;
  /** How often a source, or its port, was opened again, and what was received and lost over all of them. */
  readonly reopened: number;
  readonly samples: number;
  readonly lost: number;
}

/** One bundle as it is now. */
export interface BundleStatus {
  /** By which wearers ask for it. */
  readonly name: string;
  readonly path: string;
  /** What it tells, and the names of its answers; empty until it is loaded. */
  readonly task: string;
  readonly labels: readonly string[];
  readonly engine: EngineInfo | undefined;
  /** Why it cannot be run at the moment; undefined while it can. */
  readonly failure: string | undefined;
  /** How often it could not be loaded, or an engine of it has died. */
  readonly failures: number;
}

/** What a gateway tells. */
export interface GatewayEvents {
  /** Each message, as sinks and history get it. */
  message: [GatewayMessage];
  /** Samples of a wearer as they come; only while somebody listens. */
  samples: [wearer: string, event: SampleEvent];
  /** Samples that were lost, as soon as that is known. */
  gap: [wearer: string, gap: Gap & { stream: string }];
  /** The account of a run of this wearer is final; another one may begin at once. */
  account: [wearer: string];
}

/** What the HTTP interface, the live page and metrics see of a gateway. */
export interface GatewayFace extends EventEmitter<GatewayEvents> {
  /** `gateway` of the configuration. */
  readonly id: string;
  /** When it began, epoch ms. */
  readonly started: number;
  /** All of the configuration, in its order, as they are now. */
  wearers(): readonly WearerStatus[];
  bundles(): readonly BundleStatus[];
  sinks(): readonly SinkReport[];
  /** Newest first, at most `limit` (1 to 10,000). From memory, or the history on disk where it is kept. */
  history(
    wearer: string,
    query: { from?: number; to?: number; limit: number },
  ): readonly GatewayMessage[] | Promise<readonly GatewayMessage[]>;
  /** Marks this moment; the time that everybody is told of it, epoch ms, and undefined where there is no such wearer. */
  mark(wearer: string, name: string, by: string): number | undefined;
  /**
   * Removes everything of a wearer who is measured no more; undefined where there is nothing that could do so.
   *
   * @throws BioxError INVALID_ARGUMENT where it is no id, or the wearer is measured; FILE_UNREADABLE, FILE_UNWRITABLE
   */
  forget?(wearer: string): Promise<ForgetReport | undefined>;
  /** Whether all bundles are loaded and all sources were tried. */
  ready(): boolean;
  /** How windows that workers on other machines run are doing; undefined where there are none. */
  broker?(): BrokerReport | undefined;
}
