/** Under which names answers of the API are held, for each user apart. */
export const keys = {
  providers: ["providers"] as const,
  ways: (user: string) => ["ways", user] as const,
  mine: (user: string) => ["rooms", user] as const,
  room: (user: string, room: string) => ["room", user, room] as const,
  browse: (user: string, q: string) => ["browse", user, q] as const,
  members: (user: string, room: string, q = "") => ["members", user, room, q] as const,
  bans: (user: string, room: string) => ["bans", user, room] as const,
  acts: (user: string, room: string) => ["acts", user, room] as const,
  invites: (user: string, room: string) => ["invites", user, room] as const,
  invite: (user: string, code: string) => ["invite", user, code] as const,
  pins: (user: string, room: string, pins: string) => ["pins", user, room, pins] as const,
  edits: (user: string, room: string, seq: number) => ["edits", user, room, seq] as const,
  readers: (user: string, room: string, seq: number) => ["readers", user, room, seq] as const,
  reactions: (user: string, room: string, seq: number) => ["reactions", user, room, seq] as const,
  search: (user: string, room: string | null, q: string) => ["search", user, room, q] as const,
  people: (user: string, q: string) => ["people", user, q] as const,
};
