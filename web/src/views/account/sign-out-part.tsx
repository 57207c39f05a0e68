import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useAccount } from "../../view-models/use-account";
import { useAct } from "../../view-models/use-act";
import { Alert, Button } from "../parts";
import { Part } from "./part";

export function SignOutPart() {
  const { t } = useTranslation();
  const { signOut } = useAccount();
  const { run, working, problem } = useAct();
  return (
    <Part
      title={t("auth.sign_out")}
      help={t("settings.sign_out_help")}
      act={
        <Button look="danger" aria-disabled={working} onClick={() => run(signOut)}>
          <LogOut size={18} aria-hidden="true" />
          {t("auth.sign_out")}
        </Button>
      }
    >
      {problem === null ? null : <Alert>{problem}</Alert>}
    </Part>
  );
}
