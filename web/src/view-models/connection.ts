import type { RoomSnapshot } from "../client/seam";

export type Connection =
  | { kind: "fine" }
  | { kind: "connecting" }
  | { kind: "catching_up"; behind: number }
  | { kind: "offline" }
  | { kind: "waiting"; retryAt: number };

const REASONS = ["superseded", "left", "kicked", "banned", "room_deleted", "too_many_sessions", "update"] as const;
type Reason = (typeof REASONS)[number];

export type Ended = { why: Reason | "other"; code: string };

/** Ends that mean that this page and the server speak different versions of the protocol. */
const PROTOCOL_ENDS = new Set(["malformed", "too_long", "out_of_turn"]);

export function connectionOf(snapshot: Pick<RoomSnapshot, "phase" | "retryAt" | "behind">, online: boolean): Connection {
  switch (snapshot.phase) {
    case "live":
    case "ended":
      return snapshot.behind > 0 ? { kind: "catching_up", behind: snapshot.behind } : { kind: "fine" };
    case "resuming":
      return { kind: "catching_up", behind: snapshot.behind };
    case "idle":
    case "connecting":
      return online ? { kind: "connecting" } : { kind: "offline" };
    case "waiting":
      return online ? { kind: "waiting", retryAt: snapshot.retryAt ?? 0 } : { kind: "offline" };
  }
}

export function endedOf(snapshot: Pick<RoomSnapshot, "phase" | "ended">): Ended | null {
  if (snapshot.phase !== "ended") return null;
  const code = snapshot.ended ?? "unknown";
  if (PROTOCOL_ENDS.has(code)) return { why: "update", code };
  return { why: REASONS.find((reason) => reason === code) ?? "other", code };
}

/** Whether somebody was put out, so that nothing of the room is to be shown any more. */
export function isOut(ended: Ended): boolean {
  return ended.why === "kicked" || ended.why === "banned" || ended.why === "room_deleted" || ended.why === "left";
}
