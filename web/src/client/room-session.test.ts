// @vitest-environment happy-dom
import type { Host, RoomSnapshot } from "./seam";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeLocks } from "../../test/fake-locks";
import type { Account } from "../api/account";
import type { MessagesApi } from "../api/messages";
import { Problem, Unreachable } from "../api/problem";
import type { RoomsApi } from "../api/rooms";
import { Devices } from "./device";
import { PACE_MS } from "./pace";
import { RoomSession } from "./room-session";
import { SavedStore } from "./saved-store";

const ROOM = "0123456789abcdefghjk";

const IDLE: RoomSnapshot = {
  phase: "idle",
  retryAt: null,
  ended: null,
  behind: 0,
  room: null,
  you: null,
  members: 0,
  online: 0,
  limits: null,
  items: [],
  pending: [],
  outboxFull: false,
  typing: { who: [], more: 0 },
  named: [],
  older: "none",
  newer: "none",
  atPresent: true,
  jumpedTo: null,
  first: 0,
  jumpFailed: false,
  read: 0,
  head: 0,
  receipts: [],
  pins: [],
  thread: null,
  revision: 0,
};

/** Notes what the session tells it; never decides anything. */
class FakeClient {
  static last: FakeClient;
  readonly told: unknown[][] = [];
  readonly host: Host;
  snapshot = IDLE;
  listener = () => {};

  constructor(_config: unknown, host: Host) {
    this.host = host;
    FakeClient.last = this;
  }

  subscribe(listener: () => void) {
    this.listener = listener;
    return () => {};
  }

  getSnapshot() {
    return this.snapshot;
  }

  show(change: Partial<RoomSnapshot>) {
    this.snapshot = { ...this.snapshot, ...change };
    this.listener();
  }

  start = () => this.host.open();
  stop = () => this.told.push(["stop"]);
  opened = () => this.told.push(["opened"]);
  received = (_now: number, text: string) => this.told.push(["received", text]);
  closed = (_now: number, code: number) => this.told.push(["closed", code]);
  woke = () => this.told.push(["woke"]);
  away = () => this.told.push(["away"]);
  reconnect = () => this.told.push(["reconnect"]);
  pageLoaded = (_now: number, id: number, text: string, more: boolean) => this.told.push(["pageLoaded", id, text, more]);
  pageFailed = (_now: number, id: number) => this.told.push(["pageFailed", id]);
  free = () => this.told.push(["free"]);
}

vi.mock("client-wasm", () => ({
  default: () => Promise.resolve(),
  get RoomClient() {
    return FakeClient;
  },
}));

class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: string[] = [];
  closedWith: number | undefined;
  readonly url: string;
  readonly protocols: string[];

  constructor(url: string, protocols: string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
    FakeSocket.all.push(this);
  }

  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  send(text: string) {
    this.sent.push(text);
  }

  close(code: number) {
    this.closedWith = code;
  }

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  end(code: number) {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

/** A store that holds what it is given. */
class FakeSaved extends SavedStore {
  readonly held = new Map<string, unknown>();
  override read = () => Promise.resolve(undefined);
  override readKept = (key: [string, string]) => Promise.resolve(this.held.get(key.join("/")));
  override writeKept = (key: [string, string], value: unknown) => void this.held.set(key.join("/"), structuredClone(value));
}

const rooms = { get: vi.fn<RoomsApi["get"]>() };
const messages = { page: vi.fn<MessagesApi["page"]>() };
const account = { accessToken: vi.fn<Account["accessToken"]>() };

async function openSession(saved: SavedStore = new SavedStore()): Promise<RoomSession> {
  const services = { account, rooms, messages, devices: new Devices(), saved };
  const session = new RoomSession(ROOM, "me", services as never);
  await vi.waitFor(() => expect(FakeSocket.all).toHaveLength(1));
  return session;
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
  sessionStorage.clear();
  account.accessToken.mockReset().mockResolvedValue("a.b.c");
  rooms.get.mockReset();
  messages.page.mockReset();
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("sockets", () => {
  test("the token travels as a subprotocol, never in the address", async () => {
    await openSession();
    expect(FakeSocket.last.protocols).toEqual(["maru.v1", "maru.token.a.b.c"]);
    expect(FakeSocket.last.url).toMatch(new RegExp(`^ws.*/api/v1/rooms/${ROOM}/socket$`));
  });

  test("what the socket does is told to the machine", async () => {
    await openSession();
    FakeSocket.last.open();
    FakeSocket.last.dispatchEvent(new MessageEvent("message", { data: "line" }));
    FakeSocket.last.end(4501);
    expect(FakeClient.last.told).toEqual([["opened"], ["received", "line"], ["closed", 4501]]);
  });

  test("a dropped socket is not heard any more", async () => {
    await openSession();
    const old = FakeSocket.last;
    old.open();
    FakeClient.last.host.open();
    await vi.waitFor(() => expect(FakeSocket.all).toHaveLength(2));
    old.dispatchEvent(new MessageEvent("message", { data: "late" }));
    old.end(4000);
    expect(old.closedWith).toBe(1000);
    expect(FakeClient.last.told).toEqual([["opened"]]);
  });

  test("without a network the machine is told that the socket is lost", async () => {
    await openSession();
    FakeSocket.last.open();
    window.dispatchEvent(new Event("offline"));
    expect(FakeClient.last.told.at(-1)).toEqual(["closed", 1006]);
    window.dispatchEvent(new Event("online"));
    expect(FakeClient.last.told.at(-1)).toEqual(["reconnect"]);
  });

  test("no token for lack of a network counts as a lost socket", async () => {
    const session = await openSession();
    account.accessToken.mockRejectedValue(new Unreachable(null));
    FakeClient.last.host.open();
    await vi.waitFor(() => expect(FakeClient.last.told.at(-1)).toEqual(["closed", 1006]));
    expect(session.getState().status).toBe("open");
  });
});

describe("a socket that never opens", () => {
  test("is a lost one, if the user is a member", async () => {
    await openSession();
    rooms.get.mockResolvedValue({ role: "member" } as never);
    FakeSocket.last.end(1006);
    await vi.waitFor(() => expect(FakeClient.last.told).toEqual([["closed", 1006]]));
  });

  test.each([
    ["not_a_member", () => Promise.resolve({ role: null } as never)],
    ["not_found", () => Promise.reject(new Problem(404, "no_such_room", ""))],
    ["forbidden", () => Promise.reject(new Problem(403, "forbidden", ""))],
  ])("bars the room as %s, if that is why", async (code, answer) => {
    const session = await openSession();
    rooms.get.mockImplementation(answer);
    FakeSocket.last.end(1006);
    await vi.waitFor(() => expect(session.getState()).toEqual({ status: "barred", code }));
    expect(FakeClient.last.told).toEqual([["stop"], ["free"]]);
  });
});

test("a page is fetched and handed over, or its failure is", async () => {
  await openSession();
  messages.page.mockResolvedValueOnce({ text: "lines", more: true }).mockRejectedValueOnce(new Unreachable(null));
  FakeClient.last.host.fetchPage(1, { t: "before", seq: 42, before: null, revision: 3 });
  await vi.waitFor(() => expect(FakeClient.last.told.at(-1)).toEqual(["pageLoaded", 1, "lines", true]));
  FakeClient.last.host.fetchPage(2, { t: "thread", seq: 7, before: null, revision: 3 });
  await vi.waitFor(() => expect(FakeClient.last.told.at(-1)).toEqual(["pageFailed", 2]));
});

test("a later time to wake replaces the earlier one", async () => {
  await openSession();
  vi.useFakeTimers();
  const { host, told } = FakeClient.last;
  host.wakeAt(Date.now() + 10);
  host.wakeAt(Date.now() + 1_000);
  vi.advanceTimersByTime(999);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(told).toEqual([["woke"]]);
});

test("listeners hear of a change after the machine's call, and once", async () => {
  const session = await openSession();
  const heard = vi.fn();
  session.subscribe(heard);
  FakeClient.last.show({ phase: "live" });
  FakeClient.last.show({ online: 2 });
  expect(heard).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(1));
  expect(session.getState()).toMatchObject({ status: "open", snapshot: { phase: "live", online: 2 } });
});

test("what others say is drawn now and then, what the person does at once", async () => {
  const session = await openSession();
  const client = FakeClient.last;
  let head = 0;
  client.received = () => {
    client.show({ head: (head += 1) });
    return 0;
  };
  vi.useFakeTimers();
  const drawn: number[] = [];
  session.subscribe(() => {
    const state = session.getState();
    if (state.status === "open") drawn.push(state.snapshot.head);
  });
  const hear = () => FakeSocket.last.dispatchEvent(new MessageEvent("message", { data: "line" }));
  FakeSocket.last.open();
  for (let frame = 0; frame < 50; frame += 1) {
    hear();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(drawn).toEqual([1]);
  client.show({ online: 2 });
  await vi.advanceTimersByTimeAsync(0);
  expect(drawn).toEqual([1, 50]);
  hear();
  await vi.advanceTimersByTimeAsync(PACE_MS);
  expect(drawn).toEqual([1, 50, 51]);
});

test("a page that is hidden tells the machine, because it may be closed there", async () => {
  await openSession();
  const state = vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeClient.last.told).not.toContainEqual(["away"]);
  state.mockReturnValue("hidden");
  document.dispatchEvent(new Event("visibilitychange"));
  expect(FakeClient.last.told).toContainEqual(["away"]);
  state.mockRestore();
});

test("a superseded session stays so until somebody asks for it", async () => {
  const session = await openSession();
  FakeClient.last.show({ phase: "ended", ended: "superseded" });
  await vi.waitFor(() => expect(session.over).toBe(true));
  window.dispatchEvent(new Event("online"));
  expect(FakeClient.last.told).toEqual([]);
  session.reconnect();
  expect(FakeClient.last.told).toEqual([["reconnect"]]);
});

test("a disposed session frees the machine and closes its socket", async () => {
  const session = await openSession();
  FakeSocket.last.open();
  session.dispose();
  expect(FakeClient.last.told).toEqual([["opened"], ["stop"], ["free"]]);
  expect(FakeSocket.last.closedWith).toBe(1000);
});

describe("what was seen before", () => {
  const seen: Partial<RoomSnapshot> = {
    phase: "live",
    room: { id: ROOM, name: "Hall", kind: "public", topic: "", slow_ms: 0, archived: false },
    you: { user: "me", role: "member", read: 1, muted_until: null },
    items: [{ t: "join", seq: 1, at: 1, by: "me", name: "Me", role: "member" }],
    head: 1,
  };

  test("is shown until the room tells something, and says that it is old", async () => {
    const saved = new FakeSaved();
    const first = await openSession(saved);
    FakeClient.last.show(seen);
    await vi.waitFor(() => expect(first.getState()).toMatchObject({ snapshot: { head: 1 }, stale: false }));
    first.dispose();

    FakeSocket.all = [];
    sessionStorage.clear();
    const second = await openSession(saved);
    expect(second.getState()).toMatchObject({ status: "open", stale: true, snapshot: { items: seen.items, phase: "idle" } });
    FakeClient.last.show({ ...seen, head: 2, items: [] });
    await vi.waitFor(() => expect(second.getState()).toMatchObject({ stale: false, snapshot: { head: 2, items: [] } }));
  });

  test("is not shown of a room that one is out of", async () => {
    const saved = new FakeSaved();
    (await openSession(saved)).dispose();
    saved.writeKept(["me", `room/${ROOM}`], { ...seen, pins: [], read: 1, members: 1 });
    FakeSocket.all = [];
    sessionStorage.clear();
    const session = await openSession(saved);
    FakeClient.last.show({ phase: "ended", ended: "kicked" });
    await vi.waitFor(() => expect(session.getState()).toMatchObject({ stale: false, snapshot: { items: [] } }));
  });

  test("is no snapshot of somebody else's making", async () => {
    const saved = new FakeSaved();
    saved.writeKept(["me", `room/${ROOM}`], { items: "none" });
    const session = await openSession(saved);
    expect(session.getState()).toMatchObject({ stale: false, snapshot: IDLE });
  });
});
