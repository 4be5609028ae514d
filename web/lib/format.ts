/** Below this a battery should be charged. */
export const BATTERY_LOW = 0.2;

const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0");

/** Time of day, local. */
export function clock(epochMs: number): string {
  const date = new Date(epochMs);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** Time of day, with the day where it is not today; local. */
export function moment(epochMs: number, now: number): string {
  const date = new Date(epochMs);
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? clock(epochMs) : `${day} ${clock(epochMs)}`;
}

/** How long something took or is ago: `0.4 s`, `12 s`, `3 min`, `2 h`. */
export function age(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  const s = Math.max(0, ms) / 1000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** Milliseconds with three figures at most. */
export function milliseconds(ms: number | undefined): string {
  if (ms === undefined || !Number.isFinite(ms)) return "–";
  if (ms >= 9995) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms.toFixed(ms < 1 ? 2 : ms < 9.95 ? 1 : 0)} ms`;
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share) ? "–" : `${Math.round(share * 100)} %`;
}

/** A count with thin spaces between thousands. */
export function count(value: number | undefined): string {
  if (value === undefined) return "–";
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

export function beats(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? "–" : `${Math.round(rate)}`;
}

/** Charge of a battery, 0 to 1, with a word where it is low. */
export function charge(share: number | null): string {
  return share !== null && share < BATTERY_LOW ? `${percent(share)}, low` : percent(share);
}

/** A tick of an axis: as few figures as tell it from its neighbours. */
export function tick(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return String(+value.toPrecision(4));
}
