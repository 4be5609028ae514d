import { attr } from "../../attribute.js";
import { windowOf } from "../facts/window.js";
import type { Rule } from "../rule.js";

/**
 * The gradient of a convolution is the transposed convolution with the same weights: zeros that strides left unread at
 * the end come back as output padding. Weights and bias are taken as constants.
 */
const conv: Rule = (call, emit) => {
  call.onlyFirst();
  const x = call.extents(call.input(0)).slice(2);
  const kernel = call.ints("kernel_shape") ?? call.extents(call.input(1)).slice(2);
  const windows = x.map((extent, i) => windowOf(call, i, extent, kernel[i]!));
  const unread = windows.map(
    ({ stride, dilation, before, after, count }, i) =>
      x[i]! + before + after - (count - 1) * stride - (kernel[i]! - 1) * dilation - 1,
  );
  const transposed = emit.node("ConvTranspose", [call.gradient, call.input(1)], {
    kernel_shape: attr.ints(kernel),
    strides: attr.ints(windows.map(({ stride }) => stride)),
    dilations: attr.ints(windows.map(({ dilation }) => dilation)),
    pads: attr.ints([...windows.map(({ before }) => before), ...windows.map(({ after }) => after)]),
    output_padding: attr.ints(unread),
    group: attr.int(call.int("group", 1)),
  });
  return [emit.reshapeLike(transposed, call.input(0))];
};

export const CONVOLUTION: Readonly<Record<string, Rule>> = { Conv: conv };
