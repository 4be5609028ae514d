import * as v from "valibot";
import { sinkName } from "../sink-name.js";

/** Messages to a folder of CSV files. */
export const csvSettings = v.strictObject({
  type: v.literal("csv"),
  name: sinkName("csv"),
  folder: v.pipe(
    v.string("the path of a folder"),
    v.minLength(1, "the path of a folder"),
    v.description(
      "Folder of the files, WEARER/YEAR-MONTH-DAY.csv by UTC; within the data folder unless it begins with '/'.",
    ),
  ),
});

export type CsvSettings = v.InferOutput<typeof csvSettings>;
