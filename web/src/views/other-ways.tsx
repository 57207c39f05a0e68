import { KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useProviders } from "../view-models/use-providers";
import { Button } from "./parts";
import styles from "./other-ways.module.css";

/** Ways in without a password: a passkey (`null` where there are none), and providers. */
export function OtherWays({ onPasskey }: { onPasskey: (() => void) | null }) {
  const { t } = useTranslation();
  const { providers, signIn } = useProviders();
  if (providers.length === 0 && onPasskey === null) return null;
  return (
    <div className={styles["ways"]}>
      <p className={styles["or"]}>{t("auth.or")}</p>
      {onPasskey === null ? null : (
        <Button className={styles["way"]} onClick={onPasskey}>
          <KeyRound size={18} aria-hidden="true" />
          {t("auth.passkey")}
        </Button>
      )}
      {providers.map((provider) => (
        <Button key={provider.id} className={styles["way"]} onClick={() => signIn(provider)}>
          {t("auth.continue_with", { name: provider.name })}
        </Button>
      ))}
    </div>
  );
}
