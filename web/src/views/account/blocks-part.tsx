import { useTranslation } from "react-i18next";
import { plainName } from "../../view-models/names";
import { useAct } from "../../view-models/use-act";
import { useBlocking, useBlocks } from "../../view-models/use-blocks";
import { Alert, Avatar, Button } from "../parts";
import { Loaded, Part, RecordItem, Records } from "./part";

export function BlocksPart() {
  const { t } = useTranslation();
  const blocks = useBlocks();
  const { unblock } = useBlocking();
  const { run, problem } = useAct();
  return (
    <Part title={t("account.blocks.title")} help={t("account.blocks.help")}>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <Loaded of={blocks}>
        {(data) => (
          <Records of={data} empty={t("account.blocks.empty")}>
            {({ id, name, display_name: shown }) => (
              <RecordItem
                key={id}
                icon={<Avatar of="person" id={id} name={shown} />}
                title={plainName(shown)}
                lines={[name]}
                acts={
                  <Button aria-label={t("people.unblock_name", { name: plainName(shown) })} onClick={() => run(() => unblock(id))}>
                    {t("people.unblock")}
                  </Button>
                }
              />
            )}
          </Records>
        )}
      </Loaded>
    </Part>
  );
}
