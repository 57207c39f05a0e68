import { describe, expect, test } from "vitest";
import { archiveHealth } from "./use-admin";

const NOW = 1_800_000_000_000;
const calm = { ever: true, leases: [], dirty: 0, oldest_dirty_since: null };
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
    const waiting = { ...calm, dirty: 3, leases: [lease] };
    expect(archiveHealth({ ...waiting, oldest_dirty_since: NOW - 3_600_000 }, NOW)).toBe("working");
    expect(archiveHealth({ ...waiting, oldest_dirty_since: NOW - 3_600_001 }, NOW)).toBe("behind");
  });
});
