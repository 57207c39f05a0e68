import { describe, expect, test } from "vitest";
import { isBlank, keyAct, roomLeft, type Key } from "./composer";

function key(change: Partial<Key> = {}): Key {
  return { key: "Enter", keyCode: 13, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, ...change };
}

describe("keys", () => {
  test("Enter sends", () => {
    expect(keyAct(key(), false)).toBe("send");
  });

  test("Enter with Shift or Alt is a new line", () => {
    expect(keyAct(key({ shiftKey: true }), false)).toBe("none");
    expect(keyAct(key({ altKey: true }), false)).toBe("none");
  });

  test("Enter never sends while the input method composes", () => {
    expect(keyAct(key({ isComposing: true }), false)).toBe("none");
    // Safari has ended the composition by then, and tells only by the key code.
    expect(keyAct(key({ keyCode: 229 }), false)).toBe("none");
    expect(keyAct(key({ isComposing: true, ctrlKey: true }), false)).toBe("none");
  });

  test("a key the input method has taken does nothing", () => {
    expect(keyAct(key({ key: "Process", keyCode: 229, isComposing: true }), false)).toBe("none");
  });

  test("on a touch screen Enter is a new line, and Enter with Control still sends", () => {
    expect(keyAct(key(), true)).toBe("none");
    expect(keyAct(key({ ctrlKey: true }), true)).toBe("send");
  });

  test("other keys do nothing", () => {
    expect(keyAct(key({ key: "a", keyCode: 65 }), false)).toBe("none");
  });
});

describe("the limit", () => {
  test("says nothing while there is plenty", () => {
    expect(roomLeft("hello", 100)).toEqual({ state: "plenty" });
  });

  test("counts characters, not bytes", () => {
    expect(roomLeft("가".repeat(31), 99)).toEqual({ state: "near", characters: 2 });
    expect(roomLeft("가".repeat(33), 99)).toEqual({ state: "near", characters: 0 });
    expect(roomLeft("가".repeat(35), 99)).toEqual({ state: "over", characters: 2 });
    expect(roomLeft("a".repeat(101), 100)).toEqual({ state: "over", characters: 1 });
  });
});

test("white space alone is nothing to send", () => {
  expect(isBlank(" \n\t\u3000")).toBe(true);
  expect(isBlank(" a ")).toBe(false);
});
