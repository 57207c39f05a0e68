import { Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useRooms } from "../view-models/use-rooms";
import styles from "./home-pane.module.css";
import { NewRoomDialog } from "./new-room-dialog";
import { OpenLink } from "./open-link";
import { Button, Logo, Notice } from "./parts";

export function HomePane() {
  const { t } = useTranslation();
  const [creating, setCreating] = useState(false);
  const hasRooms = useRooms().rooms.length > 0;
  useEffect(() => {
    document.title = t("app.name");
  }, [t]);
  return (
    <div className={styles["pane"]}>
      <div className={styles["floor"]} aria-hidden="true" />
      <Notice
        title={t(hasRooms ? "rooms.pick" : "rooms.welcome")}
        text={t(hasRooms ? "rooms.pick_help" : "rooms.welcome_help")}
        picture={<Logo size={64} />}
      >
        <Button look="primary" onClick={() => setCreating(true)}>
          <Plus size={18} aria-hidden="true" />
          {t("rooms.new")}
        </Button>
        <OpenLink />
      </Notice>
      {creating ? <NewRoomDialog onClose={() => setCreating(false)} /> : null}
    </div>
  );
}
