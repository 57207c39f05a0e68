import { lazy, type ComponentType } from "react";
import { useTranslation } from "react-i18next";
import { Button, Notice } from "./parts";

/** A view whose code comes when it is wanted, and what stands for it if that does not come. */
export function later<P extends object>(load: () => Promise<{ default: ComponentType<P> }>, missing: ComponentType<P>) {
  return lazy(() => load().catch(() => ({ default: missing })));
}

/** Stands for a page: an older version of Maru may ask for code that the server no longer has. */
export function MissingPage() {
  const { t } = useTranslation();
  return (
    <Notice title={t("app.missing")} text={t("app.missing_help")}>
      <Button look="primary" onClick={() => location.reload()}>{t("app.reload")}</Button>
    </Notice>
  );
}
