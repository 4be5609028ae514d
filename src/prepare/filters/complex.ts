/** A complex number; only filter design uses it, so clarity comes before speed. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

export function complex(re: number, im = 0): Complex {
  return { re, im };
}

export function add(a: Complex, b: Complex): Complex {
  return { re: a.re + b.re, im: a.im + b.im };
}

export function subtract(a: Complex, b: Complex): Complex {
  return { re: a.re - b.re, im: a.im - b.im };
}

export function multiply(a: Complex, b: Complex): Complex {
  return { re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re };
}

export function scaled(a: Complex, factor: number): Complex {
  return { re: a.re * factor, im: a.im * factor };
}

export function divide(a: Complex, b: Complex): Complex {
  const square = b.re * b.re + b.im * b.im;
  return { re: (a.re * b.re + a.im * b.im) / square, im: (a.im * b.re - a.re * b.im) / square };
}

export function magnitude(a: Complex): number {
  return Math.hypot(a.re, a.im);
}

/** The square root with a non-negative real part. */
export function squareRoot(a: Complex): Complex {
  const size = magnitude(a);
  if (size === 0) return { re: 0, im: 0 };
  // Take the half without cancellation from the sum, the other one from 2 re im = a.im.
  const half = Math.sqrt((size + Math.abs(a.re)) / 2);
  const other = Math.abs(a.im) / (2 * half);
  const sign = a.im < 0 ? -1 : 1;
  return a.re >= 0 ? { re: half, im: sign * other } : { re: other, im: sign * half };
}

export function product(values: readonly Complex[]): Complex {
  return values.reduce(multiply, complex(1));
}
