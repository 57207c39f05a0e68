import { describe, expect, test } from "vitest";
import { beginsText, shortcutOf, type Stroke } from "./shortcuts";

function stroke(change: Partial<Stroke>): Stroke {
  return { key: "", code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, ...change };
}

describe("a key asks for", () => {
  test.each([
    [{ key: "k", code: "KeyK", ctrlKey: true }, "switch"],
    [{ key: "ㅏ", code: "KeyK", metaKey: true }, "switch"],
    [{ key: "/", code: "Slash", ctrlKey: true }, "help"],
    [{ key: "F", code: "KeyF", ctrlKey: true, shiftKey: true }, "search"],
    [{ key: "f", code: "KeyF", ctrlKey: true }, null],
    [{ key: "ArrowDown", altKey: true }, "next"],
    [{ key: "ArrowUp", altKey: true, shiftKey: true }, "previous_unread"],
    [{ key: "?", code: "Slash", shiftKey: true }, "help"],
    [{ key: "?", code: "Slash", shiftKey: true, isComposing: true }, null],
    [{ key: "a", code: "KeyA" }, null],
  ])("%j: %j", (change, wanted) => expect(shortcutOf(stroke(change), false, true)).toBe(wanted));
});

describe("a letter begins a text", () => {
  test.each([
    [{ key: "a" }, true],
    [{ key: "가" }, true],
    [{ key: "A", shiftKey: true }, true],
    [{ key: " " }, false],
    [{ key: "Enter" }, false],
    [{ key: "/" }, false],
    [{ key: "ㅎ" }, true],
    [{ key: "Process" }, true],
    [{ key: "a", ctrlKey: true }, false],
    [{ key: "a", isComposing: true }, false],
  ])("%j: %j", (change, begins) => expect(beginsText(stroke(change), false, true)).toBe(begins));

  test("but not where somebody writes already, nor for who has no single keys", () => {
    expect(beginsText(stroke({ key: "a" }), true, true)).toBe(false);
    expect(beginsText(stroke({ key: "a" }), false, false)).toBe(false);
  });
});

test("a single key is text where somebody writes, and can be turned off", () => {
  const question = stroke({ key: "?", shiftKey: true });
  expect(shortcutOf(question, true, true)).toBeNull();
  expect(shortcutOf(question, false, false)).toBeNull();
  expect(shortcutOf(stroke({ key: "k", code: "KeyK", ctrlKey: true }), true, false)).toBe("switch");
});
