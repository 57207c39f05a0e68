import { Component, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button, Notice } from "./parts";

/** Shows a way on when a view has thrown. */
export class Crash extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false };

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true };
  }

  override render(): ReactNode {
    return this.state.crashed ? <Crashed /> : this.props.children;
  }
}

function Crashed() {
  const { t } = useTranslation();
  return (
    <main role="alert">
      <Notice title={t("app.crashed")} text={t("app.crashed_help")}>
        <Button look="primary" onClick={() => location.reload()}>
          {t("app.reload")}
        </Button>
      </Notice>
    </main>
  );
}
