/** One node on the way from input to output, as far as finding repeated blocks needs it. */
export interface Station {
  readonly position: number;
  readonly opType: string;
  readonly scope: string;
}

/** Operators that hold most of a model's weights. The rest may differ from block to block: a pool, a pad, a cast. */
const HEAVY = /^(Conv|MatMul|Gemm|LSTM|GRU|RNN|Attention|MultiHeadAttention|QLinear|QGemm|\w*Normalization)/;

/** What blocks of one kind have in common: their weighty operators, in order. */
export function kindOf(block: readonly Station[]): string {
  return block.flatMap(({ opType }) => (HEAVY.test(opType) ? [opType] : [])).join();
}

/** The places that one repetition of a block takes up: its first and its last node. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * Blocks by the numbers in module names: `blocks.0/...`, `blocks.1/...`. Of several numberings (layers inside blocks) the one
 * counts in which the most nodes are in blocks of one kind. Undefined where there is none.
 */
export function numberedBlocks(stations: readonly Station[]): Span[] | undefined {
  const families = new Map<string, Map<string, Station[]>>();
  for (const station of stations)
    for (const match of station.scope.matchAll(/(?<=^|[./_])\d+(?=$|[./_])/g)) {
      const members = entry(families, station.scope.slice(0, match.index), () => new Map<string, Station[]>());
      entry(members, match[0], (): Station[] => []).push(station);
    }
  let best: Map<string, Station[]> | undefined;
  let most = 0;
  for (const members of families.values()) {
    const alike = largestGroup(members.values());
    if (alike > most) [best, most] = [members, alike];
  }
  if (best === undefined) return undefined;
  return [...best.values()]
    .map((own) => ({ first: own[0]!.position, last: own.at(-1)!.position }))
    .sort((a, b) => a.first - b.first);
}

/** Nodes in the largest group of at least two blocks of one kind, where that has weights. */
function largestGroup(blocks: Iterable<readonly Station[]>): number {
  const groups = new Map<string, { blocks: number; nodes: number }>();
  for (const block of blocks) {
    const group = entry(groups, kindOf(block), () => ({ blocks: 0, nodes: 0 }));
    group.blocks++;
    group.nodes += block.length;
  }
  groups.delete("");
  return Math.max(0, ...[...groups.values()].filter(({ blocks: number }) => number > 1).map(({ nodes }) => nodes));
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
