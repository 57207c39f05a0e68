// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from "vitest";
import { forgetDrafts, hasUnkeptDrafts, readDraft, writeDraft } from "./drafts";

afterEach(() => vi.unstubAllGlobals());

function full(): never {
  throw new DOMException("full", "QuotaExceededError");
}

test("a draft is kept for its place and its user", () => {
  writeDraft("me", "room", "half a thought");
  expect(readDraft("me", "room")).toBe("half a thought");
  expect(readDraft("you", "room")).toBe("");
  expect(hasUnkeptDrafts()).toBe(false);
  forgetDrafts("me");
  expect(readDraft("me", "room")).toBe("");
});

test("where nothing can be kept, a draft lives as long as the page", () => {
  vi.stubGlobal("localStorage", { getItem: () => null, removeItem: () => {}, setItem: full });
  writeDraft("me", "room", "a thought");
  expect(readDraft("me", "room")).toBe("a thought");
  expect(hasUnkeptDrafts()).toBe(true);
  writeDraft("me", "room", "");
  expect(hasUnkeptDrafts()).toBe(false);
  writeDraft("me", "room", "another");
  forgetDrafts("me");
  expect(readDraft("me", "room")).toBe("");
});
