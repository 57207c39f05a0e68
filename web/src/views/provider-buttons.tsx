import { useTranslation } from "react-i18next";
import { useProviders } from "../view-models/use-providers";
import { Button } from "./parts";
import styles from "./provider-buttons.module.css";

/** A button for each provider; nothing, where there are none. */
export function ProviderButtons() {
  const { t } = useTranslation();
  const { providers, signIn } = useProviders();
  if (providers.length === 0) return null;
  return (
    <div className={styles["providers"]}>
      <p className={styles["or"]}>{t("auth.or")}</p>
      {providers.map((provider) => (
        <Button key={provider.id} className={styles["provider"]} onClick={() => signIn(provider)}>
          {t("auth.continue_with", { name: provider.name })}
        </Button>
      ))}
    </div>
  );
}
