import { useQuery } from "@tanstack/react-query";
import { foldPage } from "../client/machines";
import type { Message } from "../client/seam";
import { keys } from "./keys";
import { useServices } from "./services";
import { useUser } from "./use-account";

/** One version of a message's words; `null` once they were erased. */
export interface Version {
  seq: number;
  at: number;
  body: string | null;
}

/** Every version of a message, the first one first. */
export function useVersions(room: string, seq: number) {
  const { messages } = useServices();
  const user = useUser();
  return useQuery({
    queryKey: keys.edits(user.id, room, seq),
    queryFn: async () => versionsOf(await messages.edits(room, seq)),
    staleTime: 0,
  });
}

/** Who has read a message. */
export function useReaders(room: string, seq: number) {
  const { messages } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.readers(user.id, room, seq), queryFn: () => messages.readers(room, seq), staleTime: 0 });
}

/** Who reacted to a message. */
export function useReactionUsers(room: string, seq: number) {
  const { messages } = useServices();
  const user = useUser();
  return useQuery({ queryKey: keys.reactions(user.id, room, seq), queryFn: () => messages.reactions(room, seq), staleTime: 0 });
}

/** The pinned messages; they are asked for again when the pins are others. */
export function usePins(room: string, pins: readonly number[]) {
  const { messages } = useServices();
  const user = useUser();
  return useQuery({
    queryKey: keys.pins(user.id, room, pins.join()),
    queryFn: async () => {
      const items = foldPage(await messages.pins(room));
      return items.filter((item): item is Message => item.t === "message" && item.redacted_by === null).toReversed();
    },
    staleTime: 0,
  });
}

export function versionsOf(lines: string): Version[] {
  return lines.split("\n").flatMap((line) => {
    if (line === "") return [];
    const { t, seq, at, body }: { t: string; seq?: number; at?: number; body?: string } = JSON.parse(line);
    if (seq === undefined || at === undefined || (t !== "message" && t !== "edit" && t !== "redacted")) return [];
    return [{ seq, at, body: body ?? null }];
  });
}
