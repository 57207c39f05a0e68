import { useCallback } from "react";
import { saveStream } from "./save-stream";
import { useServices } from "./services";
import { useUser } from "./use-account";
import { useSaving } from "./use-saving";

/** Everything the account holds, as one file on the person's own device. */
export function useExport() {
  const { me } = useServices();
  const user = useUser();
  const { bytes, done, start, cancel } = useSaving();
  const take = useCallback(
    () =>
      start((onProgress, signal) => {
        const name = `maru-${user.name}-${new Date().toISOString().slice(0, 10)}.tar`;
        return saveStream(name, () => me.export(signal), onProgress, signal);
      }),
    [start, me, user.name],
  );
  return { bytes, done, start: take, cancel };
}
