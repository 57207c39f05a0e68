import { Compass, MessageCircle, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useInbox, useTitle } from "../view-models/use-inbox";
import { DirectDialog } from "./direct-dialog";
import styles from "./home-pane.module.css";
import { NewRoomDialog } from "./new-room-dialog";
import { OpenLink } from "./open-link";
import { Button, Logo, Notice } from "./parts";

export function HomePane() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [making, setMaking] = useState<"room" | "direct" | null>(null);
  const hasRooms = useInbox().rooms.length > 0;
  useTitle(null);
  return (
    <div className={styles["pane"]}>
      <div className={styles["floor"]} aria-hidden="true" />
      <Notice
        title={t(hasRooms ? "rooms.pick" : "rooms.welcome")}
        text={t(hasRooms ? "rooms.pick_help" : "rooms.welcome_help")}
        picture={<Logo size={64} />}
      >
        <Button look="primary" onClick={() => setMaking("room")}>
          <Plus size={18} aria-hidden="true" />
          {t("rooms.new")}
        </Button>
        <Button onClick={() => setMaking("direct")}>
          <MessageCircle size={18} aria-hidden="true" />
          {t("direct.title")}
        </Button>
        <Button onClick={() => navigate("/browse")}>
          <Compass size={18} aria-hidden="true" />
          {t("browse.title")}
        </Button>
        <OpenLink />
      </Notice>
      {making === "room" ? <NewRoomDialog onClose={() => setMaking(null)} /> : null}
      {making === "direct" ? <DirectDialog onClose={() => setMaking(null)} /> : null}
    </div>
  );
}
