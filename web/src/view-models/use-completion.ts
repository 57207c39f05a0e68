import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CommandName } from "./commands";
import { plainName } from "./names";
import type { Mention } from "./mentions";
import { wantedAt, type Wanted } from "./completion";
import { loadShortcodes, matching, type Shortcode } from "./shortcodes";
import { useUser } from "./use-account";
import { usePeople } from "./use-people";

export type Choice =
  | { kind: "command"; command: CommandName; label: string }
  | { kind: "mention"; mention: Mention; label: string }
  | { kind: "emoji"; emoji: string; label: string };

export interface Completion {
  wanted: Wanted;
  choices: readonly Choice[];
}

const SHOWN_MAX = 8;

/** What can stand where the caret is: people of the room, emoji, or commands. */
export function useCompletion(room: string, text: string, caret: number, mentionsAll: boolean, commands: readonly CommandName[]): Completion | null {
  const { i18n } = useTranslation();
  const wanted = useMemo(() => wantedAt(text, caret), [text, caret]);
  const isMention = wanted?.kind === "mention";
  const people = usePeople(room, isMention ? wanted.query : "", isMention);
  const { id: you } = useUser();
  const codes = useShortcodes(wanted?.kind === "emoji", i18n.language);

  const choices = useMemo((): Choice[] => {
    if (wanted === null) return [];
    if (wanted.kind === "command") {
      const begun = wanted.query.toLowerCase();
      return commands.filter((name) => name.startsWith(begun)).map((command) => ({ kind: "command", command, label: `/${command}` }));
    }
    if (wanted.kind === "emoji") {
      return matching(codes, wanted.query).map(({ emoji, code, name }) => ({ kind: "emoji", emoji, label: name ?? `:${code}:` }));
    }
    const all = mentionsAll ? ["here", "room"].filter((name) => name.startsWith(wanted.query)).map((name) => ({ target: name, name })) : [];
    const query = wanted.query.toLocaleLowerCase();
    const members = people.members.filter((member) => member.user !== you && member.name.toLocaleLowerCase().includes(query)).map(({ user, name }) => ({ target: user, name: plainName(name) }));
    return [...members.slice(0, SHOWN_MAX - all.length), ...all].map((mention) => ({ kind: "mention", mention, label: mention.name }));
  }, [wanted, codes, people.members, mentionsAll, commands, you]);

  return wanted !== null && choices.length > 0 ? { wanted, choices } : null;
}

function useShortcodes(needed: boolean, language: string): readonly Shortcode[] {
  const [codes, setCodes] = useState<readonly Shortcode[]>([]);
  useEffect(() => {
    // Without the list people write their emoji themselves.
    if (needed) loadShortcodes(language).then(setCodes, () => {});
  }, [needed, language]);
  return codes;
}
