import { expect, test } from "vitest";
import { looksLikeEmail } from "./email";

test.each(["ada@example.com", "a+b@mail.example.co.kr", "에이다@예시.한국"])("%s may be an address", (text) => {
  expect(looksLikeEmail(text)).toBe(true);
});

test.each(["", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "ada@example.", `${"a".repeat(250)}@b.co`])("%s is none", (text) => {
  expect(looksLikeEmail(text)).toBe(false);
});
