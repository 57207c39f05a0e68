import { expect, test, vi } from "vitest";
import type { HitPage } from "../api/messages";
import { hitsFrom } from "./use-finding";

const HIT = { seq: 1, at: 1, by: "a", body: "tea", edited: false, thread: null, attachments: [], ranges: [] };
const page = (cursor: string | null, more: Partial<HitPage> = {}): HitPage => ({ hits: [], cursor, ...more });
const { signal } = new AbortController();

function room(...pages: HitPage[]) {
  return vi.fn<(cursor: string | null) => Promise<HitPage>>((cursor) => Promise.resolve(pages[cursor === null ? 0 : Number(cursor)]!));
}

test("HT5: pages without a hit are passed over", async () => {
  const ask = room(page("1"), page("2"), page("3", { hits: [HIT] }));
  expect(await hitsFrom(null, signal, ask)).toEqual(page("3", { hits: [HIT] }));
  expect(ask.mock.calls).toEqual([[null], ["1"], ["2"]]);
});

test("the end is the end", async () => {
  const ask = room(page("1"), page(null));
  expect(await hitsFrom(null, signal, ask)).toEqual(page(null));
});

test("somebody is asked before all of a long log is looked through", async () => {
  const ask = vi.fn(() => Promise.resolve(page("more")));
  expect(await hitsFrom("0", signal, ask)).toEqual(page("more"));
  expect(ask).toHaveBeenCalledTimes(10);
});

test("a room that does not answer is not asked again and again, nor is anything for nobody", async () => {
  const silent = room(page("1", { unavailable: ["r"] }));
  await hitsFrom(null, signal, silent);
  expect(silent).toHaveBeenCalledTimes(1);
  const unwanted = room(page("1"));
  await hitsFrom(null, AbortSignal.abort(), unwanted);
  expect(unwanted).toHaveBeenCalledTimes(1);
});
