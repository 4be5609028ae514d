import type { Call } from "../call.js";

/** How the windows of a convolution or pooling lie along one axis. */
export interface Window {
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the first and behind the last element. */
  readonly before: number;
  readonly after: number;
  /** Number of windows, the extent of the result. */
  readonly count: number;
}

/**
 * The windows along a spatial axis, with `auto_pad` and `ceil_mode` resolved: https://onnx.ai/onnx/operators/onnx__Conv.html and
 * onnx__MaxPool.html.
 *
 * @param axis counted from the first spatial one
 */
export function windowOf(call: Call, axis: number, extent: number, kernel: number): Window {
  const stride = call.ints("strides")?.[axis] ?? 1;
  const dilation = call.ints("dilations")?.[axis] ?? 1;
  const reach = (kernel - 1) * dilation + 1;
  const auto = call.string("auto_pad", "NOTSET");
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    const count = Math.ceil(extent / stride);
    const total = Math.max(0, (count - 1) * stride + reach - extent);
    const less = Math.floor(total / 2);
    const [before, after] = auto === "SAME_UPPER" ? [less, total - less] : [total - less, less];
    return { stride, dilation, before, after, count };
  }
  const pads = auto === "VALID" ? undefined : call.ints("pads");
  const half = (pads?.length ?? 0) / 2;
  const [before, after] = [pads?.[axis] ?? 0, pads?.[axis + half] ?? 0];
  const steps = (extent + before + after - reach) / stride;
  if (call.int("ceil_mode", 0) === 0) return { stride, dilation, before, after, count: Math.floor(steps) + 1 };
  // A last window that would begin in the padding behind the end does not count.
  const count = Math.ceil(steps) + 1;
  const beyond = (count - 1) * stride >= extent + before;
  return { stride, dilation, before, after, count: beyond ? count - 1 : count };
}
