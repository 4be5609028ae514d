/** The public types, as a user's compiler sees them; `npm run lint` fails where one changes. */

import {
  type BioxError,
  type Bundle,
  createEngine,
  type Engine,
  type ErrorCode,
  type InferResult,
  infer,
  loadBundle,
  openSource,
  type Prediction,
  type SampleEvent,
  type Source,
  type Summary,
  type Unpredicted,
} from "biox-edge";
import { expectTypeOf, it } from "vitest";

it("has the types that the documentation promises", () => {
  expectTypeOf(loadBundle).returns.resolves.toEqualTypeOf<Bundle>();
  expectTypeOf(loadBundle).parameter(0).toEqualTypeOf<string | URL>();
  expectTypeOf(openSource).returns.resolves.toEqualTypeOf<Source>();
  expectTypeOf(openSource).parameter(1).exclude<undefined>().toHaveProperty("signal");
  expectTypeOf(createEngine).parameter(0).toEqualTypeOf<Bundle>();
  expectTypeOf(createEngine).returns.resolves.toEqualTypeOf<Engine>();
  expectTypeOf<Engine["run"]>().returns.toExtend<AsyncIterable<Prediction>>();
  expectTypeOf<Engine["summary"]>().returns.toEqualTypeOf<Summary | undefined>();
  expectTypeOf<Source["samples"]>().returns.toExtend<AsyncIterable<SampleEvent>>();
  expectTypeOf(infer).returns.resolves.toEqualTypeOf<InferResult>();

  expectTypeOf<Prediction["t"]>().toEqualTypeOf<[number, number]>();
  expectTypeOf<Prediction["probs"]>().toEqualTypeOf<number[]>();
  expectTypeOf<Prediction["ms"]["bridge"]>().toBeNumber();
  expectTypeOf<BioxError["code"]>().toEqualTypeOf<ErrorCode>();
});

it("gives listeners the types of their events", () => {
  const listen = (engine: Engine, source: Source): void => {
    engine.on("prediction", (prediction) => expectTypeOf(prediction).toEqualTypeOf<Prediction>());
    engine.on("unpredicted", (result) => expectTypeOf(result).toEqualTypeOf<Unpredicted>());
    source.on("samples", (samples) => expectTypeOf(samples).toEqualTypeOf<SampleEvent>());
    source.on("gap", ({ samples }) => expectTypeOf(samples).toBeNumber());
    source.on("end", (error) => expectTypeOf(error).toEqualTypeOf<BioxError | undefined>());
  };
  expectTypeOf(listen).toBeFunction();
});
