// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { startI18n } from "../../i18n";
import adminEn from "../../i18n/admin.en.json";
import adminKo from "../../i18n/admin.ko.json";
import { addTexts } from "../../i18n/part";
import { LivePart } from "./live-figures";

const live = vi.fn();
vi.mock("../../view-models/use-account", () => ({ useUser: () => ({ id: "me" }) }));
vi.mock("../../view-models/services", () => ({ useServices: () => ({ admin: { live } }) }));

const FROM = new Date(2026, 10, 23, 13, 0, 0).getTime();
const STEPS = 360;
const flat = (value: number | null) => Array.from({ length: STEPS }, () => value);

function hour(change: object = {}, steps: object = {}) {
  const quiet = { connections: flat(0), messages: flat(0), deliveries: flat(0), errors: flat(0), p50_ms: flat(null), p95_ms: flat(null), p99_ms: flat(null) };
  return { at: FROM + 3_600_000, step_ms: 10_000, rooms: 0, connections: 0, steps: { from: FROM, ...quiet, ...steps }, errors: {}, ...change };
}

const busy = hour(
  { rooms: 37, connections: 812, errors: { rate_limited: 3, strange: 1 } },
  { connections: flat(700).with(1, 650), messages: flat(12), p50_ms: flat(20).with(STEPS - 1, null), p95_ms: flat(45).with(STEPS - 1, null), p99_ms: flat(1_240).with(STEPS - 1, null), errors: flat(0).with(4, 4) },
);

beforeAll(async () => {
  await startI18n("en");
  addTexts(adminEn, adminKo);
});
beforeEach(() => live.mockReset());
afterEach(cleanup);

function show(): QueryClient {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(<QueryClientProvider client={queries}><LivePart /></QueryClientProvider>);
  return queries;
}

const card = (name: string) => within(screen.getByRole("heading", { name }).closest("li")!);

test("each figure says what it is now", async () => {
  live.mockResolvedValue(busy);
  show();
  await screen.findByText("812");
  expect(card("Connections").getByText("in 37 rooms")).toBeTruthy();
  expect(card("Messages a second").getByText("1.2")).toBeTruthy();
  expect(card("Errors").getByText("4")).toBeTruthy();
  expect(card("Latency").getByText("1.2 sec")).toBeTruthy();
  expect(card("Latency").getByText("1:59:40 PM"), "nothing was said since").toBeTruthy();
});

test("LF5: a rate is that of the last step of which rooms have told everything", async () => {
  live.mockResolvedValue(hour({ connections: 2 }, { messages: flat(12).with(STEPS - 1, 0).with(STEPS - 2, 3), deliveries: flat(24).with(STEPS - 1, 0) }));
  show();
  await screen.findByText("1.2");
  expect(card("Messages a second").getByText("1:59:30 PM")).toBeTruthy();
  expect(card("Deliveries a second").getByText("2.4")).toBeTruthy();
});

test("a plot is read with the keyboard, all plots at the same moment", async () => {
  live.mockResolvedValue(busy);
  show();
  const plot = await screen.findByRole("slider", { name: "Connections" });
  fireEvent.keyDown(plot, { key: "Home" });
  fireEvent.keyDown(plot, { key: "ArrowRight" });
  expect(plot.getAttribute("aria-valuetext")).toBe("1:00:10 PM: 650");
  expect(screen.getByRole("slider", { name: "Latency" }).getAttribute("aria-valuetext")).toBe("1:00:10 PM: p50 20 ms, p95 45 ms, p99 1.2 sec");
  expect(card("Connections").getByText("650")).toBeTruthy();
  fireEvent.keyDown(plot, { key: "Escape" });
  expect(card("Connections").getByText("812")).toBeTruthy();
});

test("the pointer chooses a moment, and leaves it", async () => {
  live.mockResolvedValue(busy);
  show();
  const plot = await screen.findByRole("slider", { name: "Errors" });
  plot.getBoundingClientRect = () => ({ left: 100, width: 359 }) as DOMRect;
  fireEvent.pointerMove(plot, { clientX: 104, pointerType: "mouse" });
  expect(plot.getAttribute("aria-valuetext")).toBe("1:00:40 PM: 4");
  fireEvent.pointerLeave(plot, { pointerType: "mouse" });
  expect(plot.getAttribute("aria-valuenow")).toBe("359");
});

test("a plot is described in a sentence, and its hour is there as a table", async () => {
  live.mockResolvedValue(busy);
  show();
  const plot = await screen.findByRole("slider", { name: "Connections" });
  const description = document.getElementById(plot.getAttribute("aria-describedby")!);
  expect(description?.textContent).toBe("Between 650 and 700 in the last hour.");
  fireEvent.click(screen.getByText("Show as a table"));
  expect(screen.getAllByRole("row")).toHaveLength(13);
});

test("errors are told in the words that people were told", async () => {
  live.mockResolvedValue(busy);
  show();
  await screen.findByText("rate_limited");
  const told = card("What people were told in the last hour").getAllByRole("listitem");
  expect(told.map(({ textContent }) => textContent)).toEqual([
    "3 ×Too many tries. Wait a moment, then try again. rate_limited",
    "1 ×The room did not accept it (strange). strange",
  ]);
});

test("an hour in which nothing happened says so", async () => {
  live.mockResolvedValue(hour());
  show();
  await screen.findByText(/Nobody was connected in the last hour/);
  expect(screen.getByText("No errors.")).toBeTruthy();
  expect(card("Latency").getAllByText("–")).toHaveLength(3);
});

test("while the server does not answer, the last figures stay, with their time", async () => {
  live.mockResolvedValueOnce(busy);
  const queries = show();
  await screen.findByText("812");
  live.mockRejectedValue(new SyntaxError("a page of a network"));
  await queries.refetchQueries();
  expect((await screen.findByRole("status")).textContent).toMatch(/^Maru has not answered since \d+:\d\d:\d\d [AP]M\./);
  expect(screen.getByText("812")).toBeTruthy();
  live.mockResolvedValue({ ...busy, connections: 5 });
  await queries.refetchQueries();
  await screen.findByText("5");
  expect(screen.queryByRole("status")).toBeNull();
});

test("where there is no answer at all, one can try again", async () => {
  live.mockRejectedValueOnce(new SyntaxError("a page of a network")).mockResolvedValue(busy);
  show();
  await screen.findByText(/Something else answered instead of Maru/);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("812");
});
