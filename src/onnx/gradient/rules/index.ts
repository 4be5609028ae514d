import type { Rule } from "../rule.js";
import { ACTIVATION } from "./activation.js";
import { ARITHMETIC } from "./arithmetic.js";
import { CHOICE } from "./choice.js";
import { CONVOLUTION } from "./convolution.js";
import { LAYOUT } from "./layout.js";
import { NORMALIZATION } from "./normalization.js";
import { PADDING } from "./padding.js";
import { PARTS } from "./parts.js";
import { POOLING } from "./pooling.js";
import { PRODUCT } from "./product.js";
import { REDUCTION } from "./reduction.js";

/** How gradients pass through each operator of ONNX's own domain. */
export const RULES: Readonly<Record<string, Rule>> = {
  ...ARITHMETIC,
  ...ACTIVATION,
  ...PRODUCT,
  ...CONVOLUTION,
  ...POOLING,
  ...NORMALIZATION,
  ...REDUCTION,
  ...LAYOUT,
  ...PARTS,
  ...PADDING,
  ...CHOICE,
};

/**
 * Operators whose results do not change when their inputs change a little, or are no floating-point numbers: no gradient
 * passes, and nothing before them is looked at.
 */
export const STEPS: ReadonlySet<string> = new Set(
  "Shape Size Equal Greater GreaterOrEqual Less LessOrEqual And Or Xor Not IsNaN IsInf ArgMax ArgMin NonZero Floor Ceil Round Sign ConstantOfShape".split(
    " ",
  ),
);
