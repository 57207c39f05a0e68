import { describe, expect, test } from "vitest";
import { read } from "./sign-in-error";
import { here } from "./use-providers";

describe("coming back from a provider", () => {
  test("leads to the page that was left", () => {
    expect(here({ pathname: "/rooms/0123456789abcdefghjk", search: "" })).toBe("/rooms/0123456789abcdefghjk");
    expect(here({ pathname: "/search", search: "?q=%20a" })).toBe("/search?q=%20a");
  });

  test("leads to the first page if the server would not take that one", () => {
    for (const pathname of ["//evil.example", "/a//b", "/%2Fevil", "/a.html", "/\\evil"]) {
      expect(here({ pathname, search: "" }), pathname).toBe("/");
    }
    expect(here({ pathname: "/search", search: "?q=\\" })).toBe("/");
    expect(here({ pathname: "/search", search: `?q=${"a".repeat(512)}` })).toBe("/");
  });

  test("says what went wrong, whatever the server called it", () => {
    expect(read(null)).toBeNull();
    expect(read("cancelled")).toBe("cancelled");
    expect(read("<b>")).toBe("failed");
  });
});
