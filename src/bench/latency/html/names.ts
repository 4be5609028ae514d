import type { ContenderName } from "../contender.js";
import type { Stages } from "../report.js";

/** What readers of a report call the contenders and the stages. */
export const CONTENDER_NAMES: Readonly<Record<ContenderName, string>> = {
  biox: "biox",
  merged: "one merged graph",
  threeSessions: "three sessions",
};

export const STAGE_NAMES: Readonly<Record<keyof Stages, string>> = {
  receive: "receive (a hop)",
  prepare: "prepare",
  lower: "lower half",
  bridge: "bridge",
  upper: "upper half",
  probe: "probe",
  total: "total",
  lastByteToResult: "last byte to result",
};
