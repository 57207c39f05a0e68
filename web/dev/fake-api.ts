// The API, inside the page: see fake-client-wasm.ts.
import { accountAnswers, adminAnswers } from "./fake-account";
import { ME, people, ROOM } from "./fake-data";

const signedOut = new URLSearchParams(location.search).has("out");
const user = { id: ME, name: "maru", display_name: "최마루" };
const inbox = (room: string, name: string, change: object = {}) => ({ room, name, kind: "public", topic: "", archived: false, role: "member", last_at: 9, read_seq: 1, unread: 0, mentions: 0, muted: false, ...change });
const rooms = [
  inbox(ROOM, "일요일 등산 모임", { role: "owner", topic: "북한산, 관악산, 도봉산" }),
  inbox("00000000000000000002", "Book club", { unread: 12, mentions: 2, topic: "This month: Pachinko" }),
  inbox("00000000000000000003", "마루 개발", { unread: 100, kind: "private" }),
  inbox("00000000000000000004", "", { kind: "direct", people: [ME, people[0]!.user, people[1]!.user], unread: 1 }),
  inbox("00000000000000000005", "공지", { kind: "announcement", muted: true, unread: 3 }),
  inbox("00000000000000000006", "Old things", { archived: true }),
];
if (!signedOut) localStorage.setItem("maru.signed_in", user.id);
else localStorage.removeItem("maru.signed_in");

const all = [...people, { user: user.id, name: user.display_name }];
const member = ({ user: id, name }: { user: string; name: string }, index: number) => ({ user: id, name, role: id === ME ? "owner" : index === 1 ? "moderator" : "member", online: index % 2 === 1, muted_until: index === 2 ? Date.now() + 900_000 : null });
const hit = (seq: number, body: string, ranges: [number, number][]) => ({ seq, at: Date.now() - seq * 60_000, by: people[0]!.user, body, edited: false, thread: null, attachments: [], ranges });
const grant = { user, access_token: "token", expires_in: 900 };
const answers: [RegExp, (match: RegExpExecArray) => unknown][] = [
  ...accountAnswers,
  ...adminAnswers,
  [/\/session\/refresh$/, () => grant],
  [/\/(accounts|session)$/, () => grant],
  [/\/session\/providers$/, () => ({ providers: [{ id: "acme", name: "Acme" }, { id: "maru-works", name: "마루 웍스" }] })],
  [/\/me\/identities$/, () => ({ identities: [], password: true })],
  [/\/me\/rooms$/, () => ({ rooms })],
  [/\/users$/, () => ({ users: all.map(({ user: id, name }) => ({ id, name: id.slice(-3), display_name: name })) })],
  [/\/members$/, () => ({ members: all.map(member), cursor: null })],
  [/\/bans$/, () => ({ bans: [{ ...people[3], by: ME, at: Date.now(), reason: "spam" }] })],
  [/\/moderation$/, () => ({ acts: [{ seq: 9, at: Date.now(), by: ME, act: "ban", user: people[3]!.user, reason: "spam" }], cursor: null })],
  [/\/invites$/, () => ({ invites: [{ code: `${ROOM}${ROOM}`, by: ME, expires_at: Date.now() + 86_400_000, uses_left: 10 }] })],
  [/\/invites\/\w+$/, () => ({ room: { id: ROOM, name: "일요일 등산 모임", kind: "private", topic: "북한산", members: 12 }, expires_at: Date.now() + 86_400_000, uses_left: 3 })],
  [/\/search$/, () => ({ hits: [hit(398, "이번 주 일요일에는 북한산 어때요?", [[11, 14]]), hit(391, "북한산 gate 2", [[0, 3]])], cursor: null })],
  [/\/readers$/, () => ({ readers: 12, members: 128, users: people.map((one) => one.user) })],
  [/\/reactions$/, () => ({ reactions: [{ emoji: "👍", count: 4, users: people.slice(0, 4).map((one) => one.user) }] })],
  [/\/pins$/, () => ""],
  [/\/rooms$/, () => ({ rooms: rooms.filter((one) => one.kind === "public").map((one) => ({ id: one.room, name: one.name, kind: one.kind, topic: "", members: 12 })), cursor: null })],
  [/\/rooms\/(\w+)$/, ([, id]) => ({ id, name: "Sunday hikers", kind: "public", topic: "Bukhansan, every week", slow_ms: 0, archived: false, members: 128, online: 23, ...rooms.find((one) => one.room === id), role: rooms.find((one) => one.room === id)?.role ?? null })],
];

const realFetch = window.fetch.bind(window);
window.fetch = (input) => {
  const path = new URL(String(input), location.href).pathname;
  if (path.startsWith("/emoji/")) return realFetch(input);
  for (const [pattern, answer] of answers) {
    const match = pattern.exec(path);
    if (match !== null) return Promise.resolve(Response.json(answer(match)));
  }
  return Promise.resolve(Response.json({ status: 404, code: "no_such_room", title: "No such room" }, { status: 404 }));
};
