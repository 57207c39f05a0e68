import type { Role, RoomKind } from "../api/rooms";

export type { Role, RoomKind };

export const ROLES: readonly Role[] = ["guest", "member", "moderator", "owner"];

/** Whether a role may all that another one may. */
export function atLeast(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(other);
}

/** What the user may do in a room. The room decides; this only hides what it would refuse. */
export interface Rights {
  moderate: boolean;
  own: boolean;
  pin: boolean;
  mentionAll: boolean;
  invite: boolean;
  change: boolean;
  leave: boolean;
}

export function rightsOf(kind: RoomKind, role: Role): Rights {
  const moderate = atLeast(role, "moderator");
  const direct = kind === "direct";
  return {
    moderate: moderate && !direct,
    own: role === "owner" && !direct,
    pin: moderate || direct,
    mentionAll: moderate || direct,
    invite: !direct && (moderate || kind === "private"),
    change: moderate && !direct,
    leave: !direct,
  };
}

/** Whether somebody may act on a member: on lower roles, and the owner on everybody else. */
export function mayActOn(role: Role, target: Role): boolean {
  return role === "owner" ? target !== "owner" : atLeast(role, "moderator") && !atLeast(target, role);
}

/** The roles that somebody may give: those below the own. */
export function rolesToGive(role: Role): readonly Role[] {
  return role === "owner" ? ["guest", "member", "moderator"] : atLeast(role, "moderator") ? ["guest", "member"] : [];
}

/** Why nobody can write here just now; `until` is when that ends by itself. */
export type Closed = { why: "archived" | "announcement" | "guest"; until: null } | { why: "muted"; until: number };

export function closedFor(
  room: { kind: RoomKind; archived: boolean },
  you: { role: Role; mutedUntil: number | null },
  now: number = Date.now(),
): Closed | null {
  if (room.archived) return { why: "archived", until: null };
  if (you.mutedUntil !== null && you.mutedUntil > now) return { why: "muted", until: you.mutedUntil };
  if (room.kind === "announcement" && !atLeast(you.role, "moderator")) return { why: "announcement", until: null };
  if (you.role === "guest") return { why: "guest", until: null };
  return null;
}
