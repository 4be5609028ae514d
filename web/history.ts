import type { AnswerMessage, GatewayMessage, LinkMessage, MarkerMessage } from "../src/sinks/sink.js";

export type Answered = AnswerMessage & { type: "prediction" };

/** Messages of one kind that are kept: three hours at a hop of one second. */
const MOST = 10_800;

/** Messages of one wearer in the order of their time, each once, whether it came live or from the gateway's history. */
export class History {
  readonly answers: AnswerMessage[] = [];
  readonly markers: MarkerMessage[] = [];
  readonly links: LinkMessage[] = [];
  private readonly seen = new Set<string>();
  /** Grows with each message. */
  version = 0;

  add(message: GatewayMessage): void {
    if (this.seen.has(message.id)) return;
    this.seen.add(message.id);
    this.version++;
    if (message.type === "prediction" || message.type === "unpredicted") this.insert(this.answers, message);
    else if (message.type === "marker") this.insert(this.markers, message);
    else if (message.type === "link") this.insert(this.links, message);
  }

  /** Answers of one bundle whose windows end from `from` on, oldest first. */
  answersOf(bundle: string, from: number): AnswerMessage[] {
    const { answers } = this;
    let first = answers.length;
    while (first > 0 && answers[first - 1]!.t[1] >= from) first--;
    return answers.slice(first).filter((answer) => answer.bundle === bundle);
  }

  private insert<T extends GatewayMessage>(list: T[], message: T): void {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (list[middle]!.at > message.at) high = middle;
      else low = middle + 1;
    }
    list.splice(low, 0, message);
    if (list.length > MOST) for (const { id } of list.splice(0, list.length - MOST)) this.seen.delete(id);
  }
}

export function isPrediction(answer: AnswerMessage | undefined): answer is Answered {
  return answer?.type === "prediction";
}
