// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test } from "vitest";
import { startI18n } from "../../i18n";
import adminEn from "../../i18n/admin.en.json";
import adminKo from "../../i18n/admin.ko.json";
import { addTexts } from "../../i18n/part";
import type { ArchiveRun } from "../../view-models/use-admin";
import { ArchiveRuns } from "./archive-runs";

const NOW = 1_800_000_000_000;
const run = (change: Partial<ArchiveRun> = {}): ArchiveRun => ({ command: "run", started_at: NOW - 641_000, ended_at: NOW - 600_000, exit: 0, archived: 5_120, expired: 812, says: "", ...change });

beforeAll(async () => {
  await startI18n("en");
  addTexts(adminEn, adminKo);
});
afterEach(cleanup);

const figure = (label: string) => screen.getByText(label).nextElementSibling?.textContent;

test("the last run says when it ended, how, how long it took, and what it did", () => {
  render(<ArchiveRuns runs={[run()]} expired={1_204_331} at={NOW} />);
  expect(figure("Ended")).toBe("10 minutes ago");
  expect(figure("Took")).toBe("41 seconds");
  expect(figure("How it ended")).toBe("Done");
  expect(figure("Entries archived")).toBe("5,120");
  expect(figure("Entries expired")).toBe("812");
  expect(figure("Entries expired ever")).toBe("1,204,331");
});

test("each run says how it ended in words, and what it said", () => {
  const runs = [
    run({ ended_at: NOW - 1, exit: 1, says: "the store did not answer" }),
    run({ ended_at: NOW - 2, exit: 2 }),
    run({ ended_at: NOW - 3, exit: 3 }),
    run({ ended_at: NOW - 4, exit: 42, command: "compact" }),
    run({ ended_at: NOW - 5, exit: 101, command: "strange" }),
  ];
  render(<ArchiveRuns runs={runs} expired={0} at={NOW} />);
  const items = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(items[0]).toMatch(/^Whole runFailed.*the store did not answer$/);
  expect(items[1]).toMatch(/^Whole runNot set up rightly/);
  expect(items[2]).toMatch(/^Whole runAnother job was at work/);
  expect(items[3]).toMatch(/^CompactingDone, but damage was found/);
  expect(items[4]).toMatch(/^strangeEnded with code 101/);
});

test("where no run was told, that is said", () => {
  render(<ArchiveRuns runs={[]} expired={0} at={NOW} />);
  expect(screen.getByText("No job has told of a run yet.")).toBeTruthy();
  expect(screen.queryByRole("listitem")).toBeNull();
});
