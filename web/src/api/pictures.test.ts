import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { MeApi } from "./me";
import { Pictures } from "./pictures";
import type { Profile, UsersApi } from "./users";

const profile = (id: string, avatar: string | null): Profile => ({ id, name: id, display_name: id, avatar });

function setUp(known: Profile[]) {
  const listeners: ((profiles: Profile[]) => void)[] = [];
  const hear = (profiles: Profile[]) => listeners.forEach((listener) => listener(profiles));
  const profiles = vi.fn(async (ids: readonly string[]) => {
    const found = known.filter(({ id }) => ids.includes(id));
    hear(found);
    return found;
  });
  const avatar = vi.fn(async (user: string, version: string) => new Blob([`${user} ${version}`]));
  const users = { profiles, subscribe: (listener: typeof hear) => listeners.push(listener) } as unknown as UsersApi;
  const pictures = new Pictures({ avatar } as unknown as MeApi, users);
  return { pictures, profiles, avatar, tell: hear };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("many people are asked for at once, and each picture is loaded once", async () => {
  const { pictures, profiles, avatar } = setUp([profile("ada", "v1"), profile("bob", null)]);
  for (const user of ["ada", "bob", "ghost", "ada"]) expect(pictures.urlOf(user)).toBeNull();
  await vi.runAllTimersAsync();
  expect(profiles.mock.calls).toEqual([[["ada", "bob", "ghost"]]]);
  for (let look = 0; look < 2; look += 1) pictures.urlOf("ada");
  await vi.runAllTimersAsync();
  expect(pictures.urlOf("ada")).toMatch(/^blob:/);
  expect([pictures.urlOf("bob"), pictures.urlOf("ghost")]).toEqual([null, null]);
  await vi.runAllTimersAsync();
  expect(avatar).toHaveBeenCalledTimes(1);
  expect(profiles).toHaveBeenCalledTimes(1);
});

test("who became known otherwise is not asked for", async () => {
  const { pictures, profiles, tell } = setUp([]);
  pictures.urlOf("ada");
  tell([profile("ada", null)]);
  await vi.runAllTimersAsync();
  expect(profiles).not.toHaveBeenCalled();
});

test("another version is another picture, and no picture is none", async () => {
  const { pictures, avatar, tell } = setUp([]);
  const heard = vi.fn();
  pictures.subscribe(heard);
  tell([profile("ada", "v1")]);
  pictures.urlOf("ada");
  await vi.runAllTimersAsync();
  tell([profile("ada", "v2")]);
  expect(pictures.urlOf("ada")).toBeNull();
  await vi.runAllTimersAsync();
  expect(avatar.mock.calls).toEqual([["ada", "v1"], ["ada", "v2"]]);
  const before = heard.mock.calls.length;
  tell([profile("ada", null)]);
  expect(pictures.urlOf("ada")).toBeNull();
  expect(heard.mock.calls.length).toBeGreaterThan(before);
});

test("people that could not be asked for are asked for again", async () => {
  const { pictures, profiles } = setUp([profile("ada", "v1")]);
  profiles.mockRejectedValueOnce(new Error("no network"));
  pictures.urlOf("ada");
  await vi.runAllTimersAsync();
  expect(profiles).toHaveBeenCalledTimes(2);
  pictures.forget();
});
