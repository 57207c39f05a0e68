import { expect, test } from "vitest";
import { withParticles } from "./particles";

test.each([
  ["‘산책’을(를) 입력하세요", "‘산책’을 입력하세요"],
  ["‘모두’을(를) 입력하세요", "‘모두’를 입력하세요"],
  ["‘회의’이(가) 삭제되었어요", "‘회의’가 삭제되었어요"],
  ["‘방’이(가) 삭제되었어요", "‘방’이 삭제되었어요"],
  ["손님(으)로 지정", "손님으로 지정"],
  ["운영자(으)로 지정", "운영자로 지정"],
  ["‘서울’(으)로 바꿨어요", "‘서울’로 바꿨어요"],
  ["‘방 3’(으)로, ‘방 8’(으)로, ‘방 2’은(는)", "‘방 3’으로, ‘방 8’로, ‘방 2’는"],
  ["‘team’과(와) ‘ada’과(와)", "‘team’과 ‘ada’와"],
])("%s", (text, right) => expect(withParticles(text)).toBe(right));

test("where only a reader knows how a word sounds, both stay", () => {
  expect(withParticles("‘Maru makers’이(가) 삭제되었어요")).toBe("‘Maru makers’이(가) 삭제되었어요");
});
