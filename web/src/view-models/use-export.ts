import { useCallback, useEffect, useRef, useState } from "react";
import { useServices } from "./services";
import { saveStream } from "./save-stream";
import { useUser } from "./use-account";

export interface Export {
  /** Bytes that have come so far; `null` while nothing is under way. */
  bytes: number | null;
  done: boolean;
  /** Takes everything along. Rejects if it breaks off; what has come by then is not kept. */
  start(): Promise<void>;
  cancel(): void;
}

/** Everything the account holds, as one file on the person's own device. */
export function useExport(): Export {
  const { me } = useServices();
  const user = useUser();
  const [bytes, setBytes] = useState<number | null>(null);
  const [done, setDone] = useState(false);
  const life = useRef<AbortController | null>(null);
  useEffect(() => () => life.current?.abort(), []);

  const start = useCallback(async () => {
    const mine = new AbortController();
    life.current = mine;
    setDone(false);
    try {
      const name = `maru-${user.name}-${new Date().toISOString().slice(0, 10)}.tar`;
      const saved = await saveStream(name, () => me.export(mine.signal), setBytes, mine.signal);
      setDone(saved);
    } catch (error) {
      if (!mine.signal.aborted) throw error;
    } finally {
      setBytes(null);
    }
  }, [me, user.name]);
  return { bytes, done, start, cancel: useCallback(() => life.current?.abort(), []) };
}
