// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeLocks } from "../../test/fake-locks";
import { Devices, randomDevice } from "./device";

let locks: FakeLocks;

beforeEach(() => {
  locks = new FakeLocks();
  vi.stubGlobal("navigator", { locks });
  localStorage.clear();
  sessionStorage.clear();
});

afterEach(() => vi.unstubAllGlobals());

test("a device is twenty characters of Maru's alphabet", () => {
  for (let n = 0; n < 50; n += 1) expect(randomDevice()).toMatch(/^[0-9a-hjkmnp-tv-z]{20}$/);
});

test("two pages never share a device", async () => {
  const first = await new Devices().hold("ada");
  sessionStorage.clear();
  const second = await new Devices().hold("ada");
  expect(second).not.toBe(first);
});

test("a reload gets the same device back", async () => {
  const before = await new Devices().hold("ada");
  locks.held.clear();
  expect(await new Devices().hold("ada")).toBe(before);
});

test("the lowest free slot is taken, with the outbox that is kept under it", async () => {
  const first = await new Devices().hold("ada");
  sessionStorage.clear();
  await new Devices().hold("ada");
  sessionStorage.clear();
  locks.held.delete("maru-device-ada-0");
  expect(await new Devices().hold("ada")).toBe(first);
});

test("users of one browser have devices of their own", async () => {
  const devices = new Devices();
  expect(await devices.hold("ada")).not.toBe(await devices.hold("bob"));
  expect(await devices.hold("ada")).toBe(await devices.hold("ada"));
});

test("a copied tab finds its slot taken and takes another", async () => {
  vi.useFakeTimers();
  const first = await new Devices().hold("ada");
  const copy = new Devices().hold("ada");
  await vi.advanceTimersByTimeAsync(2_000);
  vi.useRealTimers();
  expect(await copy).not.toBe(first);
});
