import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pace, PACE_MS } from "./pace";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function paced() {
  const drawn = vi.fn();
  return { drawn, pace: new Pace(drawn) };
}

test("what comes after a pause is drawn at once, and once", async () => {
  const { drawn, pace } = paced();
  pace.changed(false);
  pace.changed(false);
  expect(drawn).not.toHaveBeenCalled();
  await Promise.resolve();
  expect(drawn).toHaveBeenCalledTimes(1);
});

test("a hundred messages a second are drawn ten times a second, the last one included", async () => {
  const { drawn, pace } = paced();
  for (let message = 0; message < 100; message += 1) {
    pace.changed(false);
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(drawn.mock.calls.length).toBeLessThanOrEqual(11);
  expect(drawn.mock.calls.length).toBeGreaterThanOrEqual(9);
  const before = drawn.mock.calls.length;
  pace.changed(false);
  await vi.advanceTimersByTimeAsync(PACE_MS);
  expect(drawn.mock.calls.length).toBe(before + 1);
  await vi.advanceTimersByTimeAsync(10 * PACE_MS);
  expect(drawn.mock.calls.length).toBe(before + 1);
});

test("what the person does waits for nobody, and takes along what waits", async () => {
  const { drawn, pace } = paced();
  pace.changed(false);
  await Promise.resolve();
  pace.changed(false);
  pace.changed(true);
  await Promise.resolve();
  expect(drawn).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(10 * PACE_MS);
  expect(drawn).toHaveBeenCalledTimes(2);
});

test("nothing is drawn after the end", async () => {
  const { drawn, pace } = paced();
  pace.changed(false);
  await Promise.resolve();
  pace.changed(false);
  pace.end();
  await vi.advanceTimersByTimeAsync(10 * PACE_MS);
  expect(drawn).toHaveBeenCalledTimes(1);
});
