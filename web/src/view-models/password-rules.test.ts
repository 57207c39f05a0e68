import { describe, expect, test } from "vitest";
import { judgePassword, readWeakness } from "./password-rules";

describe("PW1: a new password", () => {
  test("has fifteen characters, whatever they are made of", () => {
    expect(judgePassword("correct horse")).toEqual({ weakness: "too_short", missing: 2, strength: 0 });
    expect(judgePassword("마루에 앉아 이야기를 나눠요").weakness).toBeNull();
    // An emoji is one character to a person, and a letter in two parts is, too.
    expect(judgePassword("🌷".repeat(14)).missing).toBe(1);
    expect(judgePassword("é".repeat(15)).missing).toBe(0);
  });

  test("is not longer than what is stored", () => {
    expect(judgePassword("a b".repeat(86)).weakness).toBe("too_long");
    expect(judgePassword("마".repeat(85)).weakness).toBeNull();
  });

  test("is not made of the own name", () => {
    expect(judgePassword("Lovelace-lovelace-1815", ["lovelace"]).weakness).toBe("personal");
    expect(judgePassword("lovelace likes engines", ["lovelace"]).weakness).toBeNull();
    expect(judgePassword("a different sentence", [""]).weakness).toBeNull();
  });
});

test("strength grows with length, but not with repetition", () => {
  expect(judgePassword("aaaaaaaaaaaaaaaaaaaaaaaaaaaa").strength).toBe(1);
  expect(judgePassword("correct horse b").strength).toBe(1);
  expect(judgePassword("correct horse batt").strength).toBe(2);
  expect(judgePassword("correct horse battery staple").strength).toBe(3);
});

test("a reason that this page does not know is none", () => {
  expect(readWeakness("common")).toBe("common");
  expect(readWeakness("unlucky")).toBeNull();
  expect(readWeakness(null)).toBeNull();
});
