import type { RoomSnapshot } from "../client/seam";

export type Connection =
  | { kind: "fine" }
  | { kind: "connecting" }
  | { kind: "catching_up"; behind: number }
  | { kind: "offline" }
  | { kind: "waiting"; retryAt: number };

export type Ended = { why: "superseded" | "left" | "protocol" | "other"; code: string };

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
  if (code === "superseded" || code === "left") return { why: code, code };
  return { why: PROTOCOL_ENDS.has(code) ? "protocol" : "other", code };
}
