import { expect, test } from "vitest";
import { middleSquare } from "./square-picture";

test("the middle of a picture is kept", () => {
  expect(middleSquare(400, 300)).toEqual({ x: 50, y: 0, side: 300 });
  expect(middleSquare(300, 401)).toEqual({ x: 0, y: 50, side: 300 });
  expect(middleSquare(1, 1)).toEqual({ x: 0, y: 0, side: 1 });
});
