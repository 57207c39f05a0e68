import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { COMMANDS, commandsFor, deed, givenIn, isCommand, lengthIn, personIn, withoutEscape, type CommandName, type Given } from "./commands";
import { useDone } from "./done";
import { plainName } from "./names";
import type { ChatModel } from "./use-chat";
import { useMuteRoom } from "./use-inbox";
import { useModeration } from "./use-moderation";
import { useNames } from "./use-names";
import { useRoomActs } from "./use-room-acts";

/** What becomes of a text that somebody wants to send. */
export type Wish = { kind: "send"; body: string } | { kind: "wrong"; problem: string } | { kind: "act"; act(): Promise<unknown> };

/** What a command asks the page to show. */
export type Asked = "invites" | "leave" | "commands";

export interface Commands {
  names: readonly CommandName[];
  read(body: string): Wish;
}

/** Reads commands; what they do is done in the name of who wrote them. */
export function useCommands(chat: ChatModel, onAsk: (what: Asked) => void): Commands {
  const { t } = useTranslation();
  const names = commandsFor(chat.rights);
  const act = useActing(chat, onAsk);
  return {
    names,
    read: (body) => {
      const given = givenIn(body);
      if (given === null) return { kind: "send", body: withoutEscape(body) };
      if (!isCommand(given.name)) return { kind: "wrong", problem: t("command.unknown", { name: given.name }) };
      if (!names.includes(given.name)) return { kind: "wrong", problem: t(COMMANDS[given.name] === null ? "command.unknown" : "refusal.not_allowed", { name: given.name }) };
      return act(given.name, given);
    },
  };
}

function useActing({ room, rights }: ChatModel, onAsk: (what: Asked) => void): (name: CommandName, given: Given) => Wish {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { change } = useRoomActs();
  const muteRoom = useMuteRoom();
  const moderation = useModeration(room.id);
  const nameOf = useNames();
  const done = useDone();
  const doing = (act: () => Promise<unknown>, text?: string, undo?: () => Promise<unknown>): Wish => ({
    kind: "act",
    act: async () => {
      await act();
      if (text !== undefined) done(undo === undefined ? { text } : { text, undo });
    },
  });
  const show = (what: Asked) => doing(() => Promise.resolve(onAsk(what)));
  const lacks = (name: CommandName): Wish => ({ kind: "wrong", problem: t("command.lacks", { usage: t(`command.${name}_usage`) }) });

  return (name, { rest }) => {
    const person = personIn(rest);
    const who = person === null ? "" : plainName(nameOf(person.user) ?? t("timeline.someone"));
    switch (name) {
      case "me":
        return rest === "" ? lacks(name) : { kind: "send", body: deed(rest) };
      case "topic":
        return doing(() => change(room.id, { topic: rest }));
      case "invite":
        return rest === "" ? show("invites") : doing(() => moderation.add(rest.replace(/^@/, "")), t("command.invite_done", { name: rest }));
      case "mute": {
        if (rest === "") return doing(() => muteRoom(room.id, true), t("command.mute_done"), () => muteRoom(room.id, false));
        if (person === null) return lacks(name);
        if (!rights.moderate) return { kind: "wrong", problem: t("refusal.not_allowed") };
        const { ms, rest: reason } = lengthIn(person.rest);
        return doing(() => moderation.mute(person.user, ms, reason), t("done.mute", { name: who }), () => moderation.mute(person.user, 0, ""));
      }
      case "unmute":
        if (rest === "") return doing(() => muteRoom(room.id, false), t("command.unmute_done"));
        if (person === null) return lacks(name);
        return doing(() => moderation.mute(person.user, 0, ""), t("done.unmute", { name: who }));
      case "kick":
        return person === null ? lacks(name) : doing(() => moderation.kick(person.user, person.rest), t("done.kick", { name: who }), () => moderation.readmit(person.user, "member"));
      case "ban":
        return person === null
          ? lacks(name)
          : doing(() => moderation.ban(person.user, person.rest), t("done.ban", { name: who }), () => moderation.unban(person.user));
      case "search":
        return rest === "" ? lacks(name) : doing(() => Promise.resolve(navigate(`/search?q=${encodeURIComponent(rest)}`)));
      case "leave":
        return show("leave");
      case "help":
        return show("commands");
    }
  };
}
