import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { useAttempt } from "../view-models/use-attempt";
import { useLinkToken, useRecovery } from "../view-models/use-recovery";
import { AuthCard } from "./auth-card";
import styles from "./auth-page.module.css";
import { Alert, Busy, Button } from "./parts";

/** Where a link that proves an address leads. */
export function VerifyPage() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const token = useLinkToken();
  const { verifyEmail } = useRecovery();
  const { problem, working, run } = useAttempt();
  const [done, setDone] = useState(false);
  const begun = useRef<string | null>(null);
  useEffect(() => {
    // The link is good once.
    if (token === null || begun.current === token) return;
    begun.current = token;
    run(async () => {
      await verifyEmail(token);
      setDone(true);
    });
  }, [token, run, verifyEmail]);
  const wrong = token === null;
  const title = done ? t("auth.verify_done") : wrong ? t("auth.link_wrong") : t("auth.verify_title");
  const text = done ? t("auth.verify_done_help") : wrong ? t("auth.link_wrong_help") : t("auth.verify_help");
  return (
    <AuthCard title={title} text={text}>
      <div className={styles["form"]}>
        {working ? <Busy>{t("auth.working")}</Busy> : null}
        {problem === null ? null : <Alert>{problem}</Alert>}
        {working ? null : <Button look="primary" onClick={() => navigate("/", { replace: true })}>{t("auth.verify_go_on")}</Button>}
      </div>
    </AuthCard>
  );
}
