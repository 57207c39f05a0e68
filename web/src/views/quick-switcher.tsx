import { Compass, Search } from "lucide-react";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { plainName } from "../view-models/names";
import { roomPath } from "../view-models/room-link";
import { faceOf } from "../view-models/room-title";
import { useUser } from "../view-models/use-account";
import { useAct } from "../view-models/use-act";
import { useRoomActs } from "../view-models/use-room-acts";
import { useSwitcher, type Destination } from "../view-models/use-switcher";
import { Alert, Avatar } from "./parts";
import styles from "./quick-switcher.module.css";
import { useModal } from "./use-modal";

/** Goes to a room, to a person or to a search by a few letters; the keyboard does all of it. */
export function QuickSwitcher({ here, onClose }: { here: string | null; onClose(): void }) {
  const { t } = useTranslation();
  const dialog = useModal();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const { destinations, looking } = useSwitcher(query, here);
  const { go, working, problem } = useGoing(onClose);
  const list = useId();
  const current = Math.min(chosen, destinations.length - 1);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const count = destinations.length;
    const one = destinations[current];
    if (event.key === "ArrowDown") setChosen((current + 1) % Math.max(count, 1));
    else if (event.key === "ArrowUp") setChosen((current + count - 1) % Math.max(count, 1));
    else if (event.key === "Enter" && one !== undefined) go(one);
    else if (event.code === "KeyK" && (event.ctrlKey || event.metaKey)) onClose();
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      className={styles["switcher"]}
      aria-label={t("switcher.title")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles["body"]}>
        <div className={styles["ask"]}>
          <Search size={18} aria-hidden="true" />
          <input
            className={styles["field"]}
            role="combobox"
            aria-label={t("switcher.label")}
            aria-expanded={destinations.length > 0}
            aria-controls={list}
            aria-activedescendant={destinations.length > 0 ? `${list}-${current}` : undefined}
            aria-autocomplete="list"
            placeholder={t("switcher.placeholder")}
            autoComplete="off"
            autoFocus
            data-autofocus=""
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setChosen(0);
            }}
            onKeyDown={onKeyDown}
          />
        </div>
        {problem === null ? null : <Alert>{problem}</Alert>}
        <div id={list} role="listbox" aria-label={t("switcher.title")} aria-busy={looking || working} className={styles["list"]}>
          {destinations.map((one, index) => (
            <Choice key={one.key} id={`${list}-${index}`} destination={one} chosen={index === current} onChoose={() => go(one)} />
          ))}
        </div>
        {destinations.length === 0 ? <p className={styles["none"]} role="status">{t("switcher.empty")}</p> : null}
      </div>
    </dialog>
  );
}

/** Goes somewhere; a talk with a person is opened if there is none. */
function useGoing(onClose: () => void) {
  const [, navigate] = useLocation();
  const { create } = useRoomActs();
  const { run, working, problem } = useAct();
  const lead = (path: string) => {
    onClose();
    navigate(path);
  };
  const go = (destination: Destination) => {
    switch (destination.kind) {
      case "room":
        return lead(roomPath(destination.room.room));
      case "person":
        return run(async () => lead(roomPath((await create({ kind: "direct", with: [destination.user] })).id)));
      case "search":
        return lead(`/search?q=${encodeURIComponent(destination.query)}`);
      case "browse":
        return lead("/browse");
    }
  };
  return { go, working, problem };
}

interface ChoiceProps {
  id: string;
  destination: Destination;
  chosen: boolean;
  onChoose(): void;
}

function Choice({ id, destination, chosen, onChoose }: ChoiceProps) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (chosen) element.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    // The field has the keys.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div ref={element} id={id} role="option" tabIndex={-1} aria-selected={chosen} className={styles["choice"]} onClick={onChoose}>
      <Words destination={destination} />
    </div>
  );
}

function Words({ destination: one }: { destination: Destination }) {
  const { t } = useTranslation();
  const user = useUser();
  switch (one.kind) {
    case "room":
      return (
        <>
          <Avatar {...faceOf({ ...one.room, id: one.room.room }, user.id)} name={one.room.title} size="small" />
          <span className={styles["name"]}>{one.room.title}</span>
          <small>{one.room.topic ? plainName(one.room.topic) : ""}</small>
          {one.room.unread > 0 ? <span className={styles["unread"]}>{t("rooms.unread", { count: one.room.unread })}</span> : null}
        </>
      );
    case "person":
      return (
        <>
          <Avatar of="person" id={one.user} name={one.name} size="small" />
          <span className={styles["name"]}>{one.name}</span>
          <small>{t("switcher.person", { name: one.handle })}</small>
        </>
      );
    case "search":
      return (
        <>
          <span className={styles["icon"]}><Search size={18} aria-hidden="true" /></span>
          <span className={styles["name"]}>{t("switcher.search", { query: one.query })}</span>
        </>
      );
    case "browse":
      return (
        <>
          <span className={styles["icon"]}><Compass size={18} aria-hidden="true" /></span>
          <span className={styles["name"]}>{t("browse.title")}</span>
        </>
      );
  }
}
