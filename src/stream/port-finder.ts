import { portIdentity } from "./port-identity.js";

const LOOK_MS = 500;

/** How a port is found again after it was lost. */
export interface PortFinder {
  /** It has been opened at this path. */
  opened?(path: string): void;
  /**
   * Where the port is now; undefined while it is not there, or is not this device's any more.
   *
   * @param path where it was
   */
  locate(path: string): Promise<string | undefined>;
  /** Resolves when it is to be looked for. */
  due(): Promise<void>;
}

/** Looks for a port where it was, twice a second, and does not take another device that has got its name. */
export class SamePath implements PortFinder {
  private identity: Promise<string | undefined> | undefined;
  /** Which other device was told to be there. */
  private other: string | undefined;

  /** @param onOther told once of each other device that is there, in a sentence */
  constructor(private readonly onOther: (sentence: string) => void) {}

  opened(path: string): void {
    this.identity ??= portIdentity(path);
    this.other = undefined;
  }

  due(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }

  async locate(path: string): Promise<string | undefined> {
    const [wanted, found] = [await this.identity, await portIdentity(path)];
    if (wanted === undefined || found === undefined || wanted === found) return path;
    if (this.other !== found)
      this.onOther(
        `at ${path} is another device now, ${found}: ${wanted} is waited for; name it by its link in /dev/serial/by-id`,
      );
    this.other = found;
    return undefined;
  }
}
