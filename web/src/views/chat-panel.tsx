import type { MessageRow } from "../view-models/timeline";
import type { ChatModel } from "../view-models/use-chat";
import type { Panel } from "./chat-header";
import type { Commands } from "../view-models/use-commands";
import { MembersPanel } from "./members-panel";
import { PinsPanel } from "./pins-panel";
import { SearchPanel } from "./search-panel";
import { ThreadPane } from "./thread-pane";

interface ChatPanelProps {
  panel: Panel;
  chat: ChatModel;
  replyTo: MessageRow | null;
  editing: number | null;
  commands: Commands;
  onReplied(): void;
  onEditing(seq: number | null): void;
  onClose(): void;
}

export function ChatPanel({ panel, chat, replyTo, editing, commands, onReplied, onEditing, onClose }: ChatPanelProps) {
  switch (panel) {
    case "members":
      return <MembersPanel chat={chat} onClose={onClose} />;
    case "pins":
      return <PinsPanel chat={chat} onClose={onClose} />;
    case "search":
      return <SearchPanel room={chat.room} onClose={onClose} />;
    case "thread":
      return <ThreadPane chat={chat} replyTo={replyTo} editing={editing} commands={commands} onReplied={onReplied} onEditing={onEditing} onClose={onClose} />;
  }
}
