/** One spatial axis of a convolution. */
export interface Axis {
  readonly extent: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  /** Number of windows. */
  readonly count: number;
}

export const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** For each tap of the kernel, and within it each window, where in the padded and flattened space it reads. */
export function places(axes: readonly Axis[], kernel: readonly number[]): number[] {
  const grid = (extents: readonly number[]): number[][] =>
    extents.reduce<number[][]>(
      (all, extent) => all.flatMap((at) => Array.from({ length: extent }, (_, i) => [...at, i])),
      [[]],
    );
  const windows = grid(axes.map(({ count }) => count));
  return grid(kernel).flatMap((tap) =>
    windows.map((window) =>
      axes.reduce((flat, axis, i) => {
        const at = window[i]! * axis.stride + tap[i]! * axis.dilation;
        return flat * (axis.before + axis.extent + axis.after) + at;
      }, 0),
    ),
  );
}
