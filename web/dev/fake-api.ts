// The API, inside the page: see fake-client-wasm.ts.
import { people } from "./fake-data";

const signedOut = new URLSearchParams(location.search).has("out");
const user = { id: "000000000000000000me", name: "maru", display_name: "최마루" };
const ROOM = "00000000000000000001";
const rooms = [
  { id: ROOM, name: "일요일 등산 모임", kind: "public", topic: "북한산, 관악산, 도봉산", role: "owner", joined_at: 9 },
  { id: "00000000000000000002", name: "Book club", kind: "public", topic: "This month: Pachinko", role: "member", joined_at: 8 },
  { id: "00000000000000000003", name: "마루 개발", kind: "public", topic: "", role: "member", joined_at: 7 },
];
if (!signedOut) localStorage.setItem("maru.signed_in", user.id);
else localStorage.removeItem("maru.signed_in");

const grant = { user, access_token: "token", expires_in: 900 };
const answers: [RegExp, (match: RegExpExecArray) => unknown][] = [
  [/\/session\/refresh$/, () => grant],
  [/\/(accounts|session)$/, () => grant],
  [/\/me\/rooms$/, () => ({ rooms })],
  [/\/members/, () => ({ members: [...people, { user: user.id, name: user.display_name }].map(({ user: id, name }, index) => ({ user: id, name, role: index === 5 ? "owner" : "member", online: index % 2 === 1 })), cursor: null })],
  [/\/rooms\/(\w+)$/, ([, id]) => {
    const known = rooms.find((room) => room.id === id);
    return { id, name: "Sunday hikers", kind: "public", topic: "Bukhansan, every week", role: null, ...known, members: 128, online: 23 };
  }],
];

window.fetch = (input) => {
  const path = new URL(String(input), location.href).pathname;
  for (const [pattern, answer] of answers) {
    const match = pattern.exec(path);
    if (match !== null) return Promise.resolve(Response.json(answer(match)));
  }
  return Promise.resolve(Response.json({ status: 404, code: "no_such_room", title: "No such room" }, { status: 404 }));
};
