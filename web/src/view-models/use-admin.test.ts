import { describe, expect, test } from "vitest";
import { archiveHealth, outcomeOf } from "./use-admin";

const NOW = 1_800_000_000_000;
const calm = { ever: true, leases: [], oldest_dirty_since: null };
const run = { command: "run", started_at: NOW - 9_000, ended_at: NOW - 5_000, exit: 0, archived: 1, expired: 0, says: "" };
const lease = { bucket: 0, holder: "job", expires_at: NOW + 1 };

describe("AD3: the archive", () => {
  test("has no job where none ever ran", () => {
    expect(archiveHealth({ ...calm, ever: false }, NOW)).toBe("never");
  });

  test("is being worked on, or has nothing to do", () => {
    expect(archiveHealth({ ...calm, leases: [lease] }, NOW)).toBe("working");
    expect(archiveHealth(calm, NOW)).toBe("idle");
  });

  test("is behind if something waits for more than an hour, also while somebody works", () => {
    const waiting = { ...calm, leases: [lease] };
    expect(archiveHealth({ ...waiting, oldest_dirty_since: NOW - 3_600_000 }, NOW)).toBe("working");
    expect(archiveHealth({ ...waiting, oldest_dirty_since: NOW - 3_600_001 }, NOW)).toBe("behind");
  });

  test("is as its last run ended", () => {
    const after = (exit: number, more: object = {}) => archiveHealth({ ...calm, runs: [{ ...run, exit }, run], ...more }, NOW);
    expect(after(0)).toBe("idle");
    expect(after(3)).toBe("idle");
    expect(after(1)).toBe("failed");
    expect(after(2)).toBe("failed");
    expect(after(137)).toBe("failed");
    expect(after(42)).toBe("damaged");
    expect(after(1, { ever: false })).toBe("failed");
    expect(after(1, { oldest_dirty_since: NOW - 3_600_001 })).toBe("behind");
    expect(archiveHealth({ ...calm, runs: [] }, NOW)).toBe("idle");
  });
});

test("an exit code has a meaning, also one that nobody knows", () => {
  expect([0, 1, 2, 3, 42, 101].map((exit) => outcomeOf({ exit }))).toEqual(["done", "failed", "misused", "leased", "damaged", "other"]);
});
