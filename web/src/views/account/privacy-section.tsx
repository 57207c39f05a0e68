import { Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWaysIn } from "../../view-models/use-providers";
import { Button } from "../parts";
import { ActivityPart } from "./activity-part";
import { BlocksPart } from "./blocks-part";
import { DeleteDialog } from "./delete-dialog";
import { ExportPart } from "./export-part";
import { Part } from "./part";

export function PrivacySection() {
  return (
    <>
      <BlocksPart />
      <ExportPart />
      <ActivityPart />
      <DeletePart />
    </>
  );
}

function DeletePart() {
  const { t } = useTranslation();
  const { ways } = useWaysIn();
  const [asking, setAsking] = useState(false);
  return (
    <Part
      title={t("account.delete.title")}
      help={t("account.delete.help")}
      act={
        <Button look="danger" aria-disabled={ways.data === undefined} onClick={() => setAsking(ways.data !== undefined)}>
          <Trash2 size={17} aria-hidden="true" />
          {t("account.delete.open")}
        </Button>
      }
    >
      {asking ? <DeleteDialog hasPassword={ways.data?.password ?? false} onClose={() => setAsking(false)} /> : null}
    </Part>
  );
}
