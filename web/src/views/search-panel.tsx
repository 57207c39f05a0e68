import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useChatScene } from "../view-models/chat-context";
import { roomPath } from "../view-models/room-link";
import type { Hit } from "../view-models/use-finding";
import type { RoomFacts } from "../view-models/use-room-page";
import { Segmented } from "./parts";
import { SearchResults } from "./search-results";
import styles from "./list-panel.module.css";
import { SidePanel } from "./side-panel";
import { SearchForm } from "./search-form";

/** Searches this room, or all rooms of the user. */
export function SearchPanel({ room, onClose }: { room: RoomFacts; onClose(): void }) {
  const { t } = useTranslation();
  const { onJump, onThread } = useChatScene();
  const [, navigate] = useLocation();
  const [scope, setScope] = useState<"room" | "all">("room");
  const [query, setQuery] = useState("");
  const open = (hit: Hit) => {
    const place = hit.room ?? room.id;
    // A reply is in its thread, which begins in the room.
    const seq = hit.thread ?? hit.seq;
    if (place !== room.id) {
      navigate(roomPath(place, seq));
      return;
    }
    onJump(seq);
    if (hit.thread !== null) onThread(hit.thread);
  };
  return (
    <SidePanel title={t("search.title")} onClose={onClose}>
      <div className={styles["body"]}>
        <SearchForm onSearch={setQuery} />
        <Segmented<"room" | "all">
          label={t("search.scope")}
          value={scope}
          options={[
            { value: "room", label: t("search.here") },
            { value: "all", label: t("search.everywhere") },
          ]}
          onChoose={setScope}
        />
        <SearchResults room={scope === "room" ? room.id : null} query={query} onOpen={open} />
      </div>
    </SidePanel>
  );
}
