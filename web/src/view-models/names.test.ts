import { expect, test } from "vitest";
import { hueOf, initials, plainName } from "./names";

test.each([
  ["김마루", "마루"],
  ["남궁마루", "마루"],
  ["마루", "마루"],
  ["일요일 등산 모임", "일요"],
  ["Ada Lovelace", "AL"],
  ["ada", "A"],
  ["ada.lovelace", "AL"],
  ["👩‍👩‍👧 family", "👩‍👩‍👧F"],
  ["  ", "?"],
  ["", "?"],
])("%j has the initials %j", (name, expected) => {
  expect(initials(name)).toBe(expected);
});

test("controls that reorder text are taken out of names", () => {
  expect(plainName("evil\u202Egnp.exe")).toBe("evilgnp.exe");
  expect(plainName("\u2066a\u2069\u0000\u200b")).toBe("a");
});

test("a hue is stable and in range", () => {
  expect(hueOf("someone", 10)).toBe(hueOf("someone", 10));
  for (const user of ["a", "b", "0123456789abcdefghjk", ""]) {
    expect(hueOf(user, 10)).toBeGreaterThanOrEqual(0);
    expect(hueOf(user, 10)).toBeLessThan(10);
  }
});
