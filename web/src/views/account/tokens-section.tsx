import { useTranslation } from "react-i18next";
import { BotsPart } from "./bots-part";
import { Part } from "./part";
import { Tokens } from "./tokens";

export function TokensSection() {
  const { t } = useTranslation();
  return (
    <>
      <Part title={t("account.tokens.yours")} help={t("account.tokens.help")}>
        <Tokens bot={null} />
      </Part>
      <BotsPart />
    </>
  );
}
