import { type LinkReport, sumLinks } from "../stream/feed.js";

/** What the links of sources that followed one another have carried and lost in all; the state is that of the latter. */
export function linkTotal(before: LinkReport | undefined, link: LinkReport): LinkReport {
  if (!before) return link;
  const { state, reconnects, startsRepeated, lowLatency, ...stats } = link;
  const { state: _, reconnects: reconnectsBefore, startsRepeated: repeatedBefore, lowLatency: __, ...past } = before;
  return {
    ...sumLinks(past, stats),
    state,
    lowLatency,
    reconnects: reconnectsBefore + reconnects,
    startsRepeated: repeatedBefore + startsRepeated,
  };
}
