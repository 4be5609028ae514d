// MODEL_CARD.md of the demo bundle: every number in it comes from the files of the run that made it.
//
//     node tools/demo/card.mjs PARTS BUNDLE
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [parts, bundle] = process.argv.slice(2);
if (bundle === undefined) throw new Error("Give the folder of the parts and that of the bundle.");
const read = (...path) => JSON.parse(readFileSync(join(...path), "utf8"));
const manifest = read(bundle, "bundle.json");
const models = read(parts, "models.json");
const selection = read(parts, "selection.json");
const training = read(parts, "bridge/training.json");
const evaluations = {
  test: "test subjects",
  "test-channel-2": "test subjects, second TROIKA channel",
  val: "validation: TROIKA subject and two emulator seeds",
  "emulator-steady": "emulator at 72, 110, 150 bpm",
  "emulator-exercise": "emulator, rest to exercise",
  "emulator-exercise-motion-03": "emulator, rest to exercise, motion 0.3",
  "emulator-exercise-motion-07": "emulator, rest to exercise, motion 0.7",
};

const three = (value) => value.toFixed(3);
const scoreOf = ({ scores }, id) => scores.find((score) => score.id === id);
const reports = Object.entries(evaluations).map(([split, name]) => [name, read(parts, `evaluation-${split}.json`)]);

const rows = reports.map(([name, report]) => {
  const { rows, support } = report;
  const [oracle, bridge] = [scoreOf(report, "oracle").metrics, scoreOf(report, "bridge").metrics];
  const chance = 1 / support.filter((count) => count > 0).length;
  return `| ${name} | ${rows} (${support.join(" / ")}) | ${three(chance)} | ${three(oracle.balancedAccuracy)} | **${three(bridge.balancedAccuracy)}** | ${three(bridge.accuracy)} | ${three(bridge.macroF1)} |`;
});
const test = read(parts, "evaluation-test.json");
const [oracle, bridge] = [scoreOf(test, "oracle"), scoreOf(test, "bridge")];
const subjects = bridge.bySubject.map(
  ({ subject, rows, balancedAccuracy }, i) =>
    `| ${subject} | ${rows} | ${three(oracle.bySubject[i].balancedAccuracy)} | ${three(balancedAccuracy)} |`,
);
const others = ["random", "majority"].map((id) => three(scoreOf(test, id).metrics.balancedAccuracy));
const table = [
  `| | ${test.labels.join(" | ")} |`,
  `|---${"|---".repeat(test.labels.length)}|`,
  ...bridge.confusion.map((counts, k) => `| ${test.labels[k]} | ${counts.join(" | ")} |`),
];
const { channelsIn, rank, prototypes, tokens, width } = training.shape;
const parameters = rank * channelsIn + prototypes * tokens * rank + width * prototypes;
const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
const differences = models.onnxruntime_minus_pytorch;

writeFileSync(
  join(bundle, "MODEL_CARD.md"),
  `# Demo model: heart-rate zone learned on ECG, read from PPG

The embedded default of biox-edge, so that a clone shows something live without a download. It is small and it is a
demonstration of the method, **not a medical device and not a fitness tracker**: use no output of it for a decision
about anybody's health.

| part | what it is |
|---|---|
| task | heart rate over the last 8 s in three zones: ${test.labels.join("; ")} |
| input | one PPG channel, ${manifest.new.rate} Hz, ${manifest.window.seconds} s; any unit and polarity (the window is filtered and z-scored) |
| lower half | convolutional PPG encoder of 6 blocks, pretrained without labels; up to the output of block ${selection.new.index}, \`${selection.new.tensor}\` |
| bridge | A [${rank}, ${channelsIn}], B [${prototypes * tokens}, ${rank}], prototypes [${width}, ${prototypes}]: ${parameters.toLocaleString("en")} parameters |
| upper half | ECG transformer of 4 blocks, pretrained without labels, the last two fine-tuned with the probe; from the input of block ${selection.old.index}, \`${selection.old.tensor}\`, [1, ${tokens}, ${width}] |
| probe | mean over tokens, then Linear(${width}, ${test.labels.length}) |
| size | ${(bytes / 1e6).toFixed(2)} MB in all |
| ONNX Runtime minus PyTorch, largest | PPG model ${differences.ppg}, ECG model ${differences.ecg} |

## How it was trained
No PPG label was used anywhere. One run with fixed seeds; validation and test subjects train nothing, but the epoch was chosen on validation.
1. \`tools/demo/train.py\` (PyTorch) pretrained both models without labels, by masked reconstruction and by tempo equivariance: two windows
   of one recording played at different speeds must differ by the logarithm of the speeds' ratio in one linear read-out.
2. On **ECG** labels it trained a linear probe, and with it, lightly, the last two ECG blocks.
3. \`biox select\` chose where the bridge leaves one model and enters the other, on unlabelled pairs; \`biox cut\` made the halves.
4. \`biox align\` trained the bridge on ${training.rows.train.toLocaleString("en")} unlabelled pairs, with both models frozen: 1 - cosine between the last block's
   output for the bridged PPG and for the true ECG. Validation loss ${training.result.judgement.valLoss.toFixed(4)} after epoch ${training.result.epoch} of ${training.settings.epochs}.
5. \`biox eval\` judged it and \`biox bundle pack\` put it together; hashes, seeds and losses are in \`bundle.json\`.

Augmentations: time stretching (both signals of a pair alike; an ECG label is stretched with its window), white noise, slow
sway, PPG polarity, and arm movement: accelerometer signals of training subjects, from other moments, added to PPG.

## Data
| source | licence | use |
|---|---|---|
| TROIKA (Zhang, Pi, Liu 2015, doi 10.1109/TBME.2014.2359372), subjects 01 to 07, wrist PPG, acceleration and chest ECG on a treadmill | published free for research; re-released as IEEEPPG under CC BY 4.0 | heart rates are the authors', from ECG |
| NCKU student recordings (Lin, Chu, Lin 2026), subjects 595 and 809, contact PPG and ECG at rest, speaking, cycling | CC BY 4.0 by their README | heart rates from R peaks of the ECG |
| the project's own emulator (\`firmware-bridge/emulator\`), synthetic PPG and ECG of one heart | Apache-2.0 | half of every training batch |

No recording is part of the repository. Split by subject (by seed for the emulator), never by window:

| part | subjects | used for |
|---|---|---|
| train | troika-01, troika-03, troika-05, ncku-595 | pretraining, ECG labels of the probe, unlabelled pairs |
| pair | troika-04 | pretraining, unlabelled pairs |
| validation | troika-06 | looked at while the recipe was chosen; chose the bridge's epoch |
| test | troika-02, troika-07, ncku-809 | trained nothing; its scores were in view while the recipe was developed, so take them, and those of the emulator seeds, as slightly optimistic |

## Results
Balanced accuracy (mean recall of the zones that occur), by \`biox eval\`. The oracle is the same old model on the true ECG. Windows
overlap (10 s, every 1 or 2 s), so they are far fewer independent observations than their number says. Chance: always
naming the same zone. The oracle is no upper bound: the NCKU ECG was sampled at 50 Hz and has bursts of lost packets, and
an average over pairs can do better than its teacher. TROIKA counts with its first PPG channel unless the second is named.

| windows from | windows (by zone) | chance | ECG oracle | **bridge on PPG** | accuracy | macro-F1 |
|---|---|---|---|---|---|---|
${rows.join("\n")}

On the test subjects random bridges of the same size reach ${others[0]}, the most frequent zone ${others[1]}. By subject:

| subject | windows | ECG oracle | bridge on PPG |
|---|---|---|---|
${subjects.join("\n")}

Confusion of the bridge on the test subjects (rows: true zone, columns: predicted):

${table.join("\n")}

## Limits
* Nine real people, three of them tested; few windows of the lowest zone while running. Expect wide intervals.
* Wrist PPG while running is dominated by motion. No accelerometer is used, and the numbers above show it.
* Near 95 and 130 bpm the zones meet; most errors there are between neighbours.
* Every window gets a label, also one that holds no pulse: look at \`quality\` and \`lost\`, and do not trust a label alone.
* Good results on the emulator say that the software works, not that the model is good on people.

## Making it again
\`pip install -r tools/demo/requirements.txt\`, then \`tools/demo/build.sh DATA PARTS\`; about fifteen minutes
on two cores, most of it pretraining. The same seeds on other hardware give close, not identical weights.
`,
);
