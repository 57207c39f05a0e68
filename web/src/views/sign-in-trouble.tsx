import { useState } from "react";
import { useTranslation } from "react-i18next";
import { forgetSignInError, signInError } from "../view-models/sign-in-error";
import { Alert, Button, Dialog, DialogActs } from "./parts";

/** What went wrong with a provider, for somebody who is signed in. */
export function SignInTrouble() {
  const { t } = useTranslation();
  const [error, setError] = useState(signInError);
  if (error === null) return null;
  const close = () => {
    forgetSignInError();
    setError(null);
  };
  return (
    <Dialog title={t("settings.ways_in")} onClose={close}>
      <Alert>{t(`auth.error_${error}`)}</Alert>
      <DialogActs>
        <Button look="primary" onClick={close}>
          {t("app.close")}
        </Button>
      </DialogActs>
    </Dialog>
  );
}
