import { describe, expect, test } from "vitest";
import { errorsOf, isQuiet, lastKnown, lineOf, momentOf, overviewOf, perSecond, rangeOf, stepByKey, stepOf, topOf, type LiveFigures } from "./live";

const FROM = 1_763_884_800_000;
const STEPS = 360;
const flat = (value: number | null) => Array.from({ length: STEPS }, () => value);

function hour(steps: Partial<LiveFigures["steps"]> = {}): LiveFigures {
  const quiet = { connections: flat(0), messages: flat(0), deliveries: flat(0), errors: flat(0), p50_ms: flat(null), p95_ms: flat(null), p99_ms: flat(null) };
  return { at: FROM + 3_600_000, step_ms: 10_000, rooms: 0, connections: 0, steps: { from: FROM, ...quiet, ...steps }, errors: {} };
}

describe("an axis", () => {
  test("ends at a round number that no value is above", () => {
    expect(topOf([[3, 812, null]])).toBe(1_000);
    expect(topOf([[1, 2], [5]])).toBe(5);
    expect(topOf([[0.3]])).toBe(0.5);
    expect(topOf([[1_001]])).toBe(2_000);
  });

  test("is there where nothing is", () => {
    expect(topOf([[0, null]])).toBe(1);
    expect(topOf([])).toBe(1);
  });
});

describe("a line", () => {
  test("goes through its values, from below", () => {
    expect(lineOf([0, 5, 10], 10)).toBe("M0 100h0L1 50L2 0");
  });

  test("has gaps, and dots between two of them", () => {
    expect(lineOf([null, 10, null, 5, 5], 10)).toBe("M1 0h0M3 50h0L4 50");
    expect(lineOf([null, null], 1)).toBe("");
  });
});

describe("moments", () => {
  const live = hour();

  test("are those of steps, and within the hour", () => {
    expect(stepOf(live, momentOf(live, 7))).toBe(7);
    expect(stepOf(live, FROM - 60_000)).toBe(0);
    expect(stepOf(live, FROM + 9_000_000)).toBe(STEPS - 1);
  });

  test("keys lead from one to the next and stop at the ends", () => {
    expect(stepByKey("ArrowLeft", 5, 359)).toBe(4);
    expect(stepByKey("ArrowRight", 359, 359)).toBe(359);
    expect(stepByKey("PageDown", 5, 359)).toBe(0);
    expect(stepByKey("PageUp", 5, 359)).toBe(35);
    expect(stepByKey("Home", 5, 359)).toBe(0);
    expect(stepByKey("End", 5, 359)).toBe(359);
    expect(stepByKey("Escape", 5, 359)).toBeNull();
    expect(stepByKey("Tab", 5, 359)).toBeUndefined();
  });

  test("the last that says something is the present where the present says nothing", () => {
    expect(lastKnown([[1, null, null], [1, 2, null]], 2)).toBe(1);
    expect(lastKnown([[null, null]], 1)).toBe(1);
  });
});

test("counts are for each second, whatever a step is", () => {
  expect(perSecond([12, null, 0], 10_000)).toEqual([1.2, null, 0]);
});

test("a range is of what is there", () => {
  expect(rangeOf([null, 4, 2])).toEqual({ least: 2, most: 4 });
  expect(rangeOf([null])).toBeNull();
});

test("an hour is quiet if nobody was there and nothing happened", () => {
  expect(isQuiet(hour())).toBe(true);
  expect(isQuiet(hour({ connections: [...flat(0).slice(1), 1] }))).toBe(false);
  expect(isQuiet(hour({ errors: [2, ...flat(0).slice(1)] }))).toBe(false);
});

test("the overview has the hour in rows of five minutes, the newest first", () => {
  const messages = flat(0).with(0, 3).with(29, 4).with(30, 100);
  const rows = overviewOf(hour({ messages, connections: flat(2).with(31, 9), p99_ms: flat(null).with(40, 80).with(41, 20) }));
  expect(rows).toHaveLength(12);
  expect(rows.at(-1)).toEqual({ from: FROM, connections: 2, messages: 7, deliveries: 0, p99_ms: null, errors: 0 });
  expect(rows.at(-2)).toEqual({ from: FROM + 300_000, connections: 9, messages: 100, deliveries: 0, p99_ms: 80, errors: 0 });
});

test("errors are in the order of how many there were", () => {
  const errors = { internal: 1, rate_limited: 3, muted: 3, banned: 0 };
  expect(errorsOf({ ...hour(), errors })).toEqual([
    { code: "muted", count: 3 },
    { code: "rate_limited", count: 3 },
    { code: "internal", count: 1 },
  ]);
});
