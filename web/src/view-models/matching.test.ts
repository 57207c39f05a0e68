import { describe, expect, test } from "vitest";
import { rankOf } from "./matching";

describe("a name is found", () => {
  test.each([
    ["", "anything", 0],
    ["sun", "Sunday hikers", 4],
    ["hik", "Sunday hikers", 3],
    ["day", "Sunday hikers", 2],
    ["shk", "Sunday hikers", 1],
    ["회의", "주간 회의록", 3],
    ["회의", "주간회의록", 2],
    ["ㅎㅇ", "주간 회의록", 2],
    ["ㅈㄱ", "주간 회의록", 2],
  ])("%j in %j ranks %j", (query, name, rank) => expect(rankOf(query, name)).toBe(rank));

  test("in either normal form of Unicode", () => expect(rankOf("회의".normalize("NFD"), "회의록")).toBe(4));
});

test.each([["x", "Sunday hikers"], ["ㅋ", "주간 회의록"], ["srekih", "Sunday hikers"]])("%j is not in %j", (query, name) => {
  expect(rankOf(query, name)).toBeNull();
});
