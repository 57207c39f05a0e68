import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "../../view-models/use-account";
import { useCredentials } from "../../view-models/use-credentials";
import { Field } from "../parts";
import { PasswordField } from "../password-field";
import { ConfirmDialog } from "./confirm-dialog";
import styles from "./part.module.css";

const CONSEQUENCES = ["access", "rooms", "bots", "name"] as const;

/** Spells out what deleting the account means, and wants its name written down. */
export function DeleteDialog({ hasPassword, onClose }: { hasPassword: boolean; onClose(): void }) {
  const { t } = useTranslation();
  const user = useUser();
  const { deleteAccount } = useCredentials();
  const [erase, setErase] = useState(false);
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const isSure = typed.trim() === user.name && (!hasPassword || password !== "");
  return (
    <ConfirmDialog
      title={t("account.delete.ask")}
      help={t("account.delete.final")}
      act={t("account.delete.act")}
      disabled={!isSure}
      onAct={() => deleteAccount(hasPassword ? password : null, erase)}
      onClose={onClose}
    >
      <ul className={styles["bullets"]}>
        {CONSEQUENCES.map((one) => (
          <li key={one}>{t(`account.delete.means_${one}`)}</li>
        ))}
      </ul>
      <label className={styles["check"]}>
        <input type="checkbox" checked={erase} onChange={() => setErase(!erase)} />
        <span>{t("account.delete.erase")}</span>
        <small>{t(erase ? "account.delete.erase_yes" : "account.delete.erase_no")}</small>
      </label>
      {hasPassword ? (
        <PasswordField
          label={t("account.password.current")}
          name="current"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      ) : null}
      <Field
        label={t("account.delete.type", { name: user.name })}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </ConfirmDialog>
  );
}
