/** A smooth convex function: writes its gradient at `x` and returns its value. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

export interface Minimum {
  readonly x: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** False where the limit of iterations came before `done` said yes. */
  readonly converged: boolean;
}

interface Step {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** Steps that are remembered: the usual 5 to 20; vectors are short here, so more cost nothing. */
const MEMORY = 20;
/** Share of the first-order decrease that a step must keep (Nocedal and Wright, Numerical Optimization, 2nd ed., section 3.1). */
const DECREASE = 1e-4;
const SHORTEST_STEP = 2 ** -40;

/**
 * Minimises by L-BFGS (Nocedal and Wright, algorithm 7.4) with a backtracking line search, which is enough where the function is convex.
 *
 * @param x where to begin; not changed
 * @param done told the point and its gradient; true ends the search
 */
export function minimise(
  objective: Objective,
  x: Float64Array,
  done: (x: Float64Array, gradient: Float64Array) => boolean,
  limit: number,
): Minimum {
  let point = Float64Array.from(x);
  let gradient = new Float64Array(x.length);
  let next = new Float64Array(x.length);
  let nextGradient = new Float64Array(x.length);
  let value = objective(point, gradient);
  const steps: Step[] = [];
  for (let iteration = 0; iteration < limit; iteration++) {
    if (done(point, gradient)) return { x: point, value, iterations: iteration, converged: true };
    const direction = descent(gradient, steps);
    const slope = dot(direction, gradient);
    let length = 1;
    let nextValue = 0;
    for (; length >= SHORTEST_STEP; length /= 2) {
      for (let i = 0; i < next.length; i++) next[i] = point[i]! + length * direction[i]!;
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + DECREASE * length * slope) break;
      // Near the minimum the decrease drowns in rounding; then the slope at the end must have gone down (Hager and Zhang 2005).
      const level = nextValue <= value + 1e-12 * Math.abs(value);
      if (level && dot(direction, nextGradient) <= (2 * DECREASE - 1) * slope) break;
    }
    if (length < SHORTEST_STEP) {
      if (steps.length === 0) return { x: point, value, iterations: iteration, converged: false };
      steps.length = 0;
      continue;
    }
    remember(steps, difference(next, point), difference(nextGradient, gradient));
    [point, next] = [next, point];
    [gradient, nextGradient] = [nextGradient, gradient];
    value = nextValue;
  }
  return { x: point, value, iterations: limit, converged: done(point, gradient) };
}

/** Minus the gradient, times the inverse of the second derivative as far as the remembered steps tell it. */
function descent(gradient: Float64Array, steps: readonly Step[]): Float64Array {
  const q = gradient.map((value) => -value);
  const alpha: number[] = [];
  for (const { s, y, rho } of steps.toReversed()) {
    const a = rho * dot(s, q);
    alpha.push(a);
    add(q, -a, y);
  }
  const last = steps.at(-1);
  if (last) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
  }
  for (const { s, y, rho } of steps) add(q, alpha.pop()! - rho * dot(y, q), s);
  return q;
}

function remember(steps: Step[], s: Float64Array, y: Float64Array): void {
  const curvature = dot(s, y);
  if (!(curvature > 1e-16 * dot(y, y))) return;
  steps.push({ s, y, rho: 1 / curvature });
  if (steps.length > MEMORY) steps.shift();
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]!);
}

function add(to: Float64Array, factor: number, x: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * x[i]!;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
