import { expect, test } from "vitest";
import { filterOf, NO_FIELDS } from "./use-audit";

test("AU2: days are whole ones, of the browser's calendar", () => {
  const filter = filterOf({ ...NO_FIELDS, from: "2026-11-23", to: "2026-11-23" }, "ada");
  expect(filter.actor).toBe("ada");
  expect(new Date(filter.from ?? 0).getHours()).toBe(0);
  expect(filter.from).toBe(new Date(2026, 10, 23).getTime());
  expect(filter.to).toBe(new Date(2026, 10, 24).getTime());
});

test("the last day of a month ends with the month", () => {
  expect(filterOf({ ...NO_FIELDS, to: "2026-12-31" }, null).to).toBe(new Date(2027, 0, 1).getTime());
});

test("what is not filled in asks for nothing", () => {
  expect(filterOf(NO_FIELDS, null)).toEqual({ actor: null, act: null, from: null, to: null });
  expect(filterOf({ ...NO_FIELDS, from: "tomorrow" }, null).from).toBeNull();
});
