import { expect, test } from "vitest";
import { agoText, countryName } from "./ago";

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;

test.each([
  [0, "now"],
  [-59_000, "now"],
  [-3 * MINUTE, "3 minutes ago"],
  [-90 * MINUTE, "1 hour ago"],
  [-25 * 60 * MINUTE, "yesterday"],
  [-40 * 1440 * MINUTE, "last month"],
  [-800 * 1440 * MINUTE, "2 years ago"],
  [10 * 1440 * MINUTE, "in 10 days"],
])("%d ms away is %s", (distance, text) => {
  expect(agoText("en", NOW + distance, NOW)).toBe(text);
});

test("in Korean, too", () => {
  expect(agoText("ko", NOW - 3 * MINUTE, NOW)).toBe("3분 전");
});

test("a country has a name, and nothing else has one", () => {
  expect(countryName("en", "KR")).toBe("South Korea");
  expect(countryName("ko", "KR")).toBe("대한민국");
  expect(countryName("en", "T1")).toBeNull();
  expect(countryName("en", null)).toBeNull();
});
