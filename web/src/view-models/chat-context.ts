import { createContext, useContext } from "react";
import type { ChatActs, ChatModel } from "./use-chat";
import type { Rights, Role } from "./rights";

/** What the rows of a room need beside themselves; it changes seldom, so that they seldom do. */
export interface ChatScene {
  room: string;
  user: string;
  /** The people whose words are hidden. */
  blocked: ReadonlySet<string>;
  role: Role;
  rights: Rights;
  /** Whether the user may write here just now. */
  open: boolean;
  connected: boolean;
  /** The rows are those of a thread, beside the room. */
  inThread: boolean;
  acts: ChatActs;
  onReply(seq: number): void;
  onThread(seq: number): void;
  onJump(seq: number): void;
  /** Goes on writing, where there is a keyboard to write with. */
  onWrite(): void;
  /** Puts a message that was refused back into the composer. */
  onRewrite(nonce: number, body: string): void;
}

export const ChatSceneContext = createContext<ChatScene | null>(null);

export function useChatScene(): ChatScene {
  const scene = useContext(ChatSceneContext);
  if (scene === null) throw new Error("ChatSceneContext has no provider");
  return scene;
}

export function sceneFacts(chat: ChatModel): Pick<ChatScene, "role" | "rights" | "open" | "connected" | "acts"> {
  const { role, rights, closed, ended, connection, acts } = chat;
  return { role, rights, open: closed === null && ended === null, connected: connection.kind === "fine", acts };
}
