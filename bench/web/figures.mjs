// Percentiles.

/** Percentiles of `values`, in milliseconds. */
export function figures(name, values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  return {
    [`${name}, times`]: sorted.length,
    [`${name}, p50 ms`]: at(0.5),
    [`${name}, p95 ms`]: at(0.95),
    [`${name}, p99 ms`]: at(0.99),
    [`${name}, max ms`]: sorted.at(-1) ?? 0,
  };
}
