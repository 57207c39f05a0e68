import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { PROFILES_MAX, type Member } from "../api/rooms";
import type { Item } from "../client/seam";
import { useServices } from "./services";
import { useUser } from "./use-account";

/**
 * What people are called: by the list of members, by the entries in which they joined, and for
 * who is in neither, because they left or because the list has more pages, by asking.
 *
 * Nobody is asked for before `members` is there, which is `null` until then.
 */
export function useNames(
  items: readonly Item[],
  members: readonly Member[] | null,
): (user: string) => string | null {
  const { rooms } = useServices();
  const user = useUser();
  const [answered, setAnswered] = useState<ReadonlyMap<string, string>>(new Map());

  const names = useMemo(() => {
    const known = new Map(answered);
    for (const item of items) if (item.t === "join") known.set(item.by, item.name);
    for (const member of members ?? []) known.set(member.user, member.name);
    return known;
  }, [items, members, answered]);

  const nameOf = useCallback(
    (id: string) => (id === user.id ? user.display_name : (names.get(id) ?? null)),
    [user, names],
  );

  const asked = useRef(new Set<string>());
  useEffect(() => {
    if (members === null) return;
    const ids = unknown(items, (id) => nameOf(id) === null && !asked.current.has(id));
    if (ids.length === 0) return;
    for (const id of ids) asked.current.add(id);
    rooms.profiles(ids).then(
      (profiles) => setAnswered((old) => new Map([...old, ...profiles.map(({ id, display_name }) => [id, display_name] as const)])),
      // The next change of the room asks again.
      () => ids.forEach((id) => asked.current.delete(id)),
    );
  }, [items, members, nameOf, rooms]);

  return nameOf;
}

function unknown(items: readonly Item[], wanted: (user: string) => boolean): string[] {
  const ids = new Set<string>();
  for (const item of items) {
    if (item.t !== "gap" && wanted(item.by)) ids.add(item.by);
    if (ids.size === PROFILES_MAX) break;
  }
  return [...ids];
}
