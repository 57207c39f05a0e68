import type { TFunction } from "i18next";
import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Connection } from "../view-models/connection";
import { useSecondsUntil } from "../view-models/use-seconds-until";
import styles from "./connection-banner.module.css";
import { Button } from "./parts";

/** How the connection is, while it is not simply there. It lies over the messages and moves none. */
export function ConnectionBanner({ connection, onRetry }: { connection: Connection; onRetry(): void }) {
  const { t } = useTranslation();
  const seconds = useSecondsUntil(connection.kind === "waiting" ? connection.retryAt : null);
  const lost = connection.kind === "waiting" || connection.kind === "offline";
  return (
    <div className={styles["place"]} role="status">
      {connection.kind === "fine" ? null : (
        <div className={styles["banner"]} data-lost={lost} data-kind={connection.kind}>
          {lost ? <CloudOff size={16} aria-hidden="true" /> : <span className={styles["pulse"]} aria-hidden="true" />}
          <span>{sentence(t, connection, seconds)}</span>
          {connection.kind === "waiting" ? <Button look="link" onClick={onRetry}>{t("connection.try_now")}</Button> : null}
        </div>
      )}
    </div>
  );
}

function sentence(t: TFunction, connection: Connection, seconds: number): string {
  switch (connection.kind) {
    case "fine":
      return "";
    case "connecting":
      return t("connection.connecting");
    case "catching_up":
      return connection.behind > 0 ? t("connection.behind", { count: connection.behind }) : t("connection.resuming");
    case "offline":
      return t("connection.offline");
    case "waiting":
      return seconds > 0 ? t("connection.waiting_in", { count: seconds }) : t("connection.waiting");
  }
}
