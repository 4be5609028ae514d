/**
 * The shape of a half's input for data of shape `given`, when they fit it.
 *
 * @param declared dimensions in the ONNX file; a name or a number below 0 is open
 * @param given a batch dimension of 1 in front may be left out or be one too many
 * @returns undefined when the data do not fit
 */
export function fillShape(
  declared: readonly (number | string)[],
  given: readonly number[],
): readonly number[] | undefined {
  const data = [...given];
  while (data.length < declared.length) data.unshift(1);
  while (data.length > declared.length && data[0] === 1) data.shift();
  const open = declared.map((size) => typeof size !== "number" || size < 0);
  const filled = declared.map((size, i) => (open[i] ? data[i] : (size as number)));
  const total = product(given);
  // Where only one dimension is open, the number of elements decides it; a shape without open ones only has to hold as many.
  if (open.filter(Boolean).length === 1) {
    const at = open.indexOf(true);
    filled[at] = total / product(filled.map((size, i) => (i === at ? 1 : (size ?? 1))));
  }
  const shape = filled.map((size) => size ?? 0);
  return product(shape) === total && shape.every(Number.isInteger) ? shape : undefined;
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
