import type { Manifest } from "../../bundle/index.js";
import { hubertEcg } from "./hubert-ecg.js";
import { labram } from "./labram.js";
import type { BlockModel } from "./model.js";
import { normwear } from "./normwear.js";
import { papagei } from "./papagei.js";
import { HUBERT_ECG_STEPS, labramSteps, normwearSteps, PAPAGEI_STEPS, type Steps } from "./preparations.js";
import type { RouteName } from "./route-names.js";

/** How two models are joined, with the sizes that the authors trained. */
export interface Route {
  readonly task: string;
  readonly labels: readonly string[];
  /** What is worn. */
  readonly worn: Manifest["new"];
  /** Modality that the task head was trained on. */
  readonly old: string;
  /** In seconds. */
  readonly window: Manifest["window"];
  readonly prepare: Steps;
  readonly lower: { readonly model: BlockModel; readonly m: number };
  readonly upper: { readonly model: BlockModel; readonly l: number };
  readonly rank: number;
  readonly prototypes: number;
  readonly targetLayout: Manifest["bridge"]["target"]["layout"];
}

const STRESS = { task: "stress or amusement (WESAD)", labels: ["baseline", "stress", "amusement"] };
const FREEZING = { task: "freezing of gait (FOG)", labels: ["walking", "freezing"] };
const SLEEP = { task: "sleep stage (ISRUC)", labels: ["wake", "N1", "N2", "N3", "REM"] };

const one = (modality: string, rate: number, unit: string): Manifest["new"] => ({
  modality,
  channels: [modality],
  rate,
  unit,
});

/** Rates are those of the data sets' recordings. */
export const ROUTES: Readonly<Record<RouteName, Route>> = {
  "wesad-ecg2ppg": {
    ...STRESS,
    worn: one("ppg", 64, "adc"),
    old: "ecg",
    window: { seconds: 60, hop: 5 },
    prepare: PAPAGEI_STEPS,
    lower: { model: papagei, m: 4 },
    upper: { model: hubertEcg(6000), l: 2 },
    rank: 8,
    prototypes: 150,
    targetLayout: "tokens-first",
  },
  "wesad-ppg2ecg": {
    ...STRESS,
    worn: one("ecg", 700, "mV"),
    old: "ppg",
    window: { seconds: 60, hop: 5 },
    prepare: HUBERT_ECG_STEPS,
    lower: { model: hubertEcg(6000), m: 7 },
    upper: { model: papagei, l: 11 },
    rank: 32,
    prototypes: 50,
    targetLayout: "channels-first",
  },
  "isruc-eeg2ecg": {
    ...SLEEP,
    worn: one("ecg", 200, "mV"),
    old: "eeg",
    window: { seconds: 30, hop: 30 },
    prepare: HUBERT_ECG_STEPS,
    lower: { model: hubertEcg(3000), m: 7 },
    upper: { model: labram({ electrodes: 6, seconds: 30 }), l: 2 },
    rank: 32,
    prototypes: 300,
    targetLayout: "raw",
  },
  "fog-eeg2emg": {
    ...FREEZING,
    worn: one("emg", 500, "uV"),
    old: "eeg",
    window: { seconds: 3, hop: 1 },
    prepare: normwearSteps(3),
    lower: { model: normwear(), m: 3 },
    upper: { model: labram({ electrodes: 6, seconds: 3 }), l: 11 },
    rank: 256,
    prototypes: 200,
    targetLayout: "raw",
  },
  "fog-emg2eeg": {
    ...FREEZING,
    worn: one("eeg", 500, "uV"),
    old: "emg",
    window: { seconds: 3, hop: 1 },
    prepare: labramSteps(6),
    lower: { model: labram({ electrodes: 6, seconds: 3 }), m: 6 },
    upper: { model: normwear(), l: 10 },
    rank: 8,
    prototypes: 50,
    targetLayout: "tokens-first",
  },
};
