import type { WearerStatus } from "../../gateway/types.js";
import type { WearerBrief } from "./protocol.js";

/** Numbers wearers in the order in which they are first seen, for binary frames: 65,536 until a number comes again. */
export class Handles {
  private readonly byId = new Map<string, number>();

  of(wearer: string): number {
    let handle = this.byId.get(wearer);
    if (handle === undefined) {
      handle = this.byId.size & 0xffff;
      this.byId.set(wearer, handle);
    }
    return handle;
  }
}

/** What the overview shows of a wearer. Accounts of runs are a few kB each, and only the view in depth shows them. */
export function brief(status: WearerStatus, handle: number): WearerBrief {
  return { ...status, handle, bundles: status.bundles.map(({ summary: _, ...bundle }) => bundle) };
}
