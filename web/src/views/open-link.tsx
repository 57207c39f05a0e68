import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { pathOfLink } from "../view-models/room-link";
import styles from "./open-link.module.css";
import { Button, Field } from "./parts";

/** Takes somebody to a room whose link they hold. */
export function OpenLink() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [link, setLink] = useState("");
  const [wrong, setWrong] = useState(false);
  const open = (event: FormEvent) => {
    event.preventDefault();
    const path = pathOfLink(link);
    setWrong(path === null);
    if (path !== null) navigate(path);
  };
  return (
    <form className={styles["form"]} onSubmit={open} noValidate>
      <Field
        label={t("rooms.link")}
        help={t("rooms.link_help")}
        error={wrong ? t("rooms.link_wrong") : null}
        inputMode="url"
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        value={link}
        onChange={(event) => {
          setLink(event.target.value);
          setWrong(false);
        }}
      />
      <Button type="submit" disabled={link.trim() === ""}>
        {t("rooms.open_link")}
      </Button>
    </form>
  );
}
