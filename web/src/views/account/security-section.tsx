import { useWaysIn } from "../../view-models/use-providers";
import { EmailPart } from "./email-part";
import { Loaded } from "./part";
import { PasskeysPart } from "./passkeys-part";
import { PasswordPart } from "./password-part";
import { ProvidersPart } from "./providers-part";

export function SecuritySection() {
  const { ways } = useWaysIn();
  return (
    <Loaded of={ways}>
      {({ password }) => (
        <>
          <PasswordPart hasPassword={password} />
          <PasskeysPart />
          <ProvidersPart />
          <EmailPart hasPassword={password} />
        </>
      )}
    </Loaded>
  );
}
