import { expect, test } from "vitest";
import { readLinkToken } from "./use-recovery";

test("a link brings its token behind the #, which no server is told", () => {
  expect(readLinkToken("#token=abc_DEF-1")).toBe("abc_DEF-1");
  expect(readLinkToken("#other=1&token=x")).toBe("x");
});

test.each(["", "#", "#token=", "#tokens=abc", "token"])("%j brings none", (hash) => {
  expect(readLinkToken(hash)).toBeNull();
});
