import { useState } from "react";
import { useTranslation } from "react-i18next";
import { AuthCard } from "./auth-card";
import { AuthForm } from "./auth-form";
import { ForgotForm } from "./forgot-form";

export function AuthPage({ invited, expired }: { invited: boolean; expired: boolean }) {
  const { t } = useTranslation();
  const [forgot, setForgot] = useState<string | null>(null);
  if (forgot !== null) {
    return (
      <AuthCard title={t("auth.forgot_title")} text={t("auth.forgot_help")}>
        <ForgotForm name={forgot} onBack={() => setForgot(null)} />
      </AuthCard>
    );
  }
  const title = expired ? t("auth.expired") : invited ? t("auth.invited") : t("auth.welcome");
  const text = expired ? t("auth.expired_help") : invited ? t("auth.invited_help") : t("app.tagline");
  return (
    <AuthCard title={title} text={text}>
      <AuthForm onForgot={setForgot} />
    </AuthCard>
  );
}
