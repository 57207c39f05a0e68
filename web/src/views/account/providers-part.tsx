import { Link2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useAct } from "../../view-models/use-act";
import { useWaysIn } from "../../view-models/use-providers";
import { Alert, Button } from "../parts";
import { Part, RecordItem, Records } from "./part";

/** Other services that vouch for the user. Where there are none, there is nothing to say. */
export function ProvidersPart() {
  const { t } = useTranslation();
  const { identities, addable, add, remove } = useWaysIn();
  const { run, problem } = useAct();
  if (identities.length + addable.length === 0) return null;
  const items = [
    ...identities.map(({ provider, name, email }) => ({ provider, name, email, act: "remove" as const })),
    ...addable.map(({ id, name }) => ({ provider: id, name, email: null, act: "add" as const })),
  ];
  const perform = ({ provider, name, act }: (typeof items)[number]) =>
    run(async () => {
      if (provider === null) return;
      await (act === "add" ? add({ id: provider, name }) : remove(provider));
    });
  return (
    <Part title={t("account.providers.title")} help={t("account.providers.help")}>
      {problem === null ? null : <Alert>{problem}</Alert>}
      <Records of={items} empty="">
        {(item) => (
          <RecordItem
            key={`${item.act} ${item.provider ?? item.name}`}
            icon={<Link2 size={18} />}
            title={item.name}
            lines={[item.act === "remove" ? (item.email ?? t("account.providers.linked")) : t("account.providers.not_linked")]}
            acts={
              item.provider === null ? undefined : (
                <Button look={item.act === "add" ? "quiet" : "danger"} aria-label={t(`settings.${item.act}_way`, { name: item.name })} onClick={() => perform(item)}>
                  {t(`settings.${item.act}`)}
                </Button>
              )
            }
          />
        )}
      </Records>
    </Part>
  );
}
