// What the pages of the account and of the administration ask for: see fake-api.ts.
import { ME, people } from "./fake-data";

const NOW = Date.now();
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const AGENTS = [
  navigator.userAgent,
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Whale/4.29 Safari/537.36",
  "curl/8.5.0",
];

const signIns = AGENTS.map((agent, index) => ({
  id: `s${index}`,
  created_at: NOW - index * 9 * DAY - HOUR,
  seen_at: NOW - index * 31 * HOUR,
  method: ["password", "passkey", "oidc:acme", "sign_up"][index],
  address: ["2001:db8::7", "203.0.113.9", "198.51.100.23", null][index],
  country: ["KR", "KR", "DE", null][index],
  agent,
  current: index === 0,
}));

const token = (id: string, name: string, scopes: string[], ends: number, used: number | null) => ({ id, name, scopes, created_at: NOW - 40 * DAY, expires_at: NOW + ends, used_at: used });
const tokens = [
  token("t1", "집 서버의 알림", ["read", "write"], 20 * DAY, NOW - 3 * HOUR),
  token("t2", "backup script", ["read"], -3 * DAY, NOW - 5 * DAY),
  token("t3", "Room keeper", ["read", "write", "manage"], 300 * DAY, null),
];

const ACTS: [string, string][] = [["signed_in", "passkey"], ["sign_in_failed", "password"], ["token_created", "backup script"], ["password_changed", ""], ["passkey_added", ""], ["account_created", ""]];
const audit = ACTS.map(([act, detail], index) => ({
  id: 100 - index,
  at: NOW - index * 7 * HOUR,
  actor: index === 1 ? null : ME,
  act,
  target: index === 1 ? ME : null,
  detail,
  address: "203.0.113.9",
  agent: AGENTS[index % AGENTS.length],
}));

const user = ({ user: id, name }: { user: string; name: string }) => ({ id, name: `person-${id.slice(-1)}`, display_name: name });

export const accountAnswers: [RegExp, (match: RegExpExecArray) => unknown][] = [
  [/\/me$/, () => ({ id: ME, name: "maru", display_name: "최마루", email: { address: "maru@example.com", verified: true }, avatar: null, admin: true, created_at: NOW - 400 * DAY })],
  [/\/me\/sign-ins/, () => ({ sign_ins: signIns })],
  [/\/me\/passkeys$/, () => ({ passkeys: [{ id: "p1", name: "MacBook", created_at: NOW - 60 * DAY, used_at: NOW - HOUR }, { id: "p2", name: "YubiKey 5C", created_at: NOW - 200 * DAY, used_at: null }] })],
  [/\/me\/tokens$/, () => ({ tokens })],
  [/\/me\/bots$/, () => ({ bots: [{ id: "b1", name: "weather", display_name: "날씨 알리미", created_at: NOW - 90 * DAY }] })],
  [/\/me\/bots\/\w+\/tokens$/, () => ({ tokens: tokens.slice(0, 1) })],
  [/\/me\/blocks$/, () => ({ users: people.slice(0, 2).map(user) })],
  [/\/me\/audit$/, () => ({ rows: audit, cursor: "more" })],
];

const account = ({ user: id, name }: { user: string; name: string }, index: number) => ({
  id,
  name: `person-${id.slice(-1)}`,
  display_name: name,
  bot: index === 4,
  admin: index < 2,
  listed: index === 0,
  disabled_at: index === 3 ? NOW - DAY : null,
  deleted_at: null,
  created_at: NOW - (index + 1) * 50 * DAY,
  seen_at: index === 4 ? null : NOW - index * index * 7 * HOUR,
  sign_ins: index === 3 ? 0 : index,
});

const adminRoom = (id: string, name: string, change: object = {}) => ({ id, name, kind: "public", owner: people[1]!.user, members: 128, created_at: NOW - 300 * DAY, head: 120_482, archived: 120_400, dirty_since: NOW - HOUR / 2, oldest_at: NOW - 90 * DAY, hold: false, deleted: false, ...change });

const run = (ago: number, took: number, more: object = {}) => ({ command: "run", started_at: NOW - ago - took, ended_at: NOW - ago, exit: 0, archived: 5_120, expired: 0, says: "", ...more });
const runs = [
  run(HOUR / 4, 41_000, { expired: 812 }),
  run(HOUR, 3_000, { exit: 3, archived: 0, says: "another job holds the lease of bucket 17" }),
  run(9 * HOUR, 1_900_000, { exit: 42, archived: 88_121, says: "1 object of day 2026-09-14 differs from its SHA-256" }),
  run(30 * HOUR, 12_000, { command: "compact", exit: 1, archived: 0, says: "the store did not answer in time: put archive/2026/11/21/0007.zst" }),
];

const STEP = 10_000;

/** An hour that has waves, a quiet part without any message, and noise that is the same every time. */
function live() {
  const at = Math.floor(Date.now() / STEP) * STEP;
  const from = at - HOUR;
  const steps = Array.from({ length: HOUR / STEP }, (_, index) => {
    const tick = from / STEP + index;
    const noise = ((tick * 7919) % 100) / 100;
    const wave = (Math.sin(tick / 40) + 1) / 2;
    const messages = wave < 0.05 ? 0 : Math.round(8 + 90 * wave * (0.5 + noise));
    return { messages, connections: Math.round(700 + 110 * wave), p50: messages === 0 ? null : Math.round(14 + 12 * noise), errors: noise > 0.96 ? 2 : 0 };
  });
  const of = <T>(value: (step: (typeof steps)[number]) => T) => steps.map(value);
  const slower = (by: number) => of(({ p50 }) => (p50 === null ? null : Math.round(p50 * by)));
  return {
    at,
    step_ms: STEP,
    rooms: 37,
    connections: steps.at(-1)?.connections ?? 0,
    steps: { from, connections: of((step) => step.connections), messages: of((step) => step.messages), deliveries: of((step) => step.messages * 18), errors: of((step) => step.errors), p50_ms: slower(1), p95_ms: slower(2.6), p99_ms: slower(5.5) },
    errors: { rate_limited: 19, internal: 1, not_a_member: 2, strange_code: 1 },
  };
}

export const adminAnswers: [RegExp, (match: RegExpExecArray) => unknown][] = [
  [/\/admin\/users$/, () => ({ users: [{ user: ME, name: "최마루" }, ...people].map(account), cursor: "next" })],
  [/\/admin\/rooms$/, () => ({ rooms: [adminRoom("00000000000000000001", "일요일 등산 모임", { hold: true }), adminRoom("00000000000000000002", "Book club", { kind: "private", members: 4, head: 12, archived: 12 }), adminRoom("00000000000000000009", "", { kind: "direct", owner: null, members: 2, deleted: true })], cursor: null })],
  [/\/admin\/archive$/, () => ({ rooms: 1284, dirty: 12, waiting: 5_921, oldest_dirty_since: NOW - HOUR / 3, oldest_at: NOW - 88 * DAY, deleted: 3, held: 1, erasures: 2, ever: true, last_lease: NOW + 40_000, leases: [0, 1, 2, 3].map((bucket) => ({ bucket, holder: "archive-job on seoul-1", expires_at: NOW + 40_000 })), runs, expired: 1_204_331 })],
  [/\/admin\/figures$/, () => ({ at: NOW, people: 12_842, bots: 31, disabled: 4, admins: 3, joined_last_day: 57, sign_ins: 21_934, used_last_day: 8_120, signed_in_last_day: 1_204, failed_last_day: 98, rooms: { public: 211, private: 890, announcement: 7, direct: 4_120 }, memberships: 48_211, entries: 9_284_112, archived_entries: 9_278_191 })],
  [/\/admin\/live$/, live],
  [/\/admin\/audit$/, () => ({ rows: [...audit, { ...audit[0], id: 90, actor: ME, act: "account_disabled", target: people[3]!.user, detail: "" }], cursor: "next" })],
];
