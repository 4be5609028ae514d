import { BioxError, invalidArgument } from "../errors.js";
import { type KernelRoute, ROUTES, routeSizes } from "./routes.js";

/** Beyond this the float64 reference takes minutes, and the numbers below do not fit into arrays any more. */
const MAX_MULTIPLY_ADDS = 2 ** 32;
const MAX_NUMBERS = 2 ** 28;

const SIZES = ["C_in", "T_in", "C_out", "T", "r", "P"] as const;
const FORM = `${SIZES.join(",")}[,layout[,target]]`;

/**
 * The route of that name.
 *
 * @throws BioxError INVALID_ARGUMENT that lists the names
 */
export function findRoute(name: string): KernelRoute {
  const found = ROUTES.find((route) => route.name === name);
  if (found) return found;
  throw invalidArgument("route", `one of ${ROUTES.map((route) => route.name).join(", ")}`, name);
}

/**
 * A route from `C_in,T_in,C_out,T,r,P[,layout[,target]]`, such as `64,1875,512,93,8,150,NCT,tokens-first`: layout of the features
 * (default NTC) and of the output (default tokens-first).
 *
 * @throws BioxError INVALID_ARGUMENT for a text of another form, and for sizes whose arrays or reference would be too large
 */
export function parseRoute(text: string): KernelRoute {
  const words = text.split(",").map((word) => word.trim());
  const [featureLayout = "NTC", targetLayout = "tokens-first", ...rest] = words.slice(SIZES.length);
  if (words.length < SIZES.length || rest.length > 0) throw invalidArgument("shape", FORM, text);
  const [channelsIn, time, width, tokens, rank, prototypes] = SIZES.map((name, i) => {
    const word = words[i]!;
    const size = Number(word);
    if (!/^\d+$/.test(word) || size < 1 || size > MAX_NUMBERS)
      throw invalidArgument(`${name} of shape`, `a whole number from 1 to ${MAX_NUMBERS}`, word);
    return size;
  }) as [number, number, number, number, number, number];
  if (featureLayout !== "NTC" && featureLayout !== "NCT")
    throw invalidArgument("layout of shape", "NTC or NCT", featureLayout);
  if (targetLayout !== "tokens-first" && targetLayout !== "channels-first" && targetLayout !== "raw")
    throw invalidArgument("target of shape", "tokens-first, channels-first or raw", targetLayout);
  const route = {
    name: text,
    shape: { channelsIn, rank, prototypes, tokens, width },
    time,
    featureLayout,
    targetLayout,
  } as const;
  const { features, out, weights, multiplyAdds } = routeSizes(route);
  const numbers = Math.max(features, out, weights.factored, weights.folded);
  if (numbers > MAX_NUMBERS || multiplyAdds.factored > MAX_MULTIPLY_ADDS)
    throw new BioxError(
      "INVALID_ARGUMENT",
      `Shape '${text}' is too large to be measured: it needs an array of ${numbers} numbers and ${multiplyAdds.factored} multiply-adds.`,
      `Stay below ${MAX_NUMBERS} numbers and ${MAX_MULTIPLY_ADDS} multiply-adds.`,
    );
  return route;
}
