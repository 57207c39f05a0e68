// Percentiles.

/**
 * Percentiles of `values` in milliseconds, of `count` altogether: those that are not among the
 * values were shorter than any of them, because browsers do not report what is quick.
 */
export function figures(name, values, count) {
  const sorted = values.toSorted((a, b) => a - b);
  const unreported = Math.max(0, count - sorted.length);
  const at = (part) => {
    const index = Math.ceil(part * (unreported + sorted.length)) - 1 - unreported;
    return index < 0 ? 0 : (sorted[index] ?? 0);
  };
  return {
    [`${name}, times`]: unreported + sorted.length,
    [`${name}, p50 ms`]: at(0.5),
    [`${name}, p95 ms`]: at(0.95),
    [`${name}, p99 ms`]: at(0.99),
    [`${name}, max ms`]: sorted.at(-1) ?? 0,
  };
}
