import { BioxError, type RecorderPaths, type Source, SourceRecorder } from "../index.js";
import { recorderPaths } from "./recorder-paths.js";

/** The recording beside a run. What goes wrong with a file of it is told once, as soon as it does, and the run goes on. */
export class RunRecording {
  /** What ended its files before the run, as `onFailure` gave it back. */
  readonly failures: unknown[] = [];
  private readonly causes = new Set<unknown>();
  private readonly recorder: SourceRecorder;

  private constructor(
    uri: string,
    paths: RecorderPaths,
    private readonly onFailure: (uri: string, cause: unknown) => unknown,
  ) {
    this.recorder = new SourceRecorder(uri, paths, (error) => this.fail(uri, error));
  }

  /**
   * Refuses, before anything is opened, what cannot be recorded.
   *
   * @param flags `record` undefined is no recording
   * @throws BioxError INVALID_ARGUMENT, SOURCE_INVALID, KEY_INVALID, FILE_UNWRITABLE
   */
  static async prepare(
    uris: readonly string[],
    { record, ...flags }: { record?: string; samples?: string | false; encrypt?: string },
    onFailure: (uri: string, cause: unknown) => unknown,
  ): Promise<RunRecording | undefined> {
    if (record === undefined) {
      for (const name of ["samples", "encrypt"] as const)
        if (typeof flags[name] === "string")
          throw new BioxError(
            "INVALID_ARGUMENT",
            `--${name} ${flags[name]} goes with --record, which was not given.`,
            "Add --record FILE.",
          );
      return undefined;
    }
    if (uris.length > 1)
      throw new BioxError(
        "INVALID_ARGUMENT",
        `--record records one source, but ${uris.length} were given.`,
        "Start a run for each source that is to be recorded.",
      );
    const paths = await recorderPaths(record, flags);
    return new RunRecording(uris[0]!, paths, onFailure);
  }

  /** For `openSource`. */
  get options(): SourceRecorder["options"] {
    return this.recorder.options;
  }

  /** The source has answered. */
  begin(source: Source): void {
    this.recorder.begin(source).catch((cause) => this.fail(source.uri, cause));
  }

  mark(name: string, at: number): void {
    this.recorder.mark(name, "keyboard", at);
  }

  async close(uri: string): Promise<void> {
    await this.recorder.close().catch((cause) => this.fail(uri, cause));
  }

  private fail(uri: string, cause: unknown): void {
    if (this.causes.has(cause)) return;
    this.causes.add(cause);
    this.failures.push(this.onFailure(uri, cause));
  }
}
