import { useCallback, useEffect, useRef, useState } from "react";

type Save = (onProgress: (bytes: number) => void, signal: AbortSignal) => Promise<boolean>;

export interface Saving {
  /** Bytes that have come so far; `null` while nothing is under way. */
  bytes: number | null;
  done: boolean;
  /** Rejects if it breaks off; what has come by then is not kept. */
  start(save: Save): Promise<void>;
  cancel(): void;
}

/** Something that is saved while it streams in, and that can be cancelled. */
export function useSaving(): Saving {
  const [bytes, setBytes] = useState<number | null>(null);
  const [done, setDone] = useState(false);
  const life = useRef<AbortController | null>(null);
  useEffect(() => () => life.current?.abort(), []);

  const start = useCallback(async (save: Save) => {
    const mine = new AbortController();
    life.current = mine;
    setDone(false);
    try {
      setDone(await save(setBytes, mine.signal));
    } catch (error) {
      if (!mine.signal.aborted) throw error;
    } finally {
      setBytes(null);
    }
  }, []);
  return { bytes, done, start, cancel: useCallback(() => life.current?.abort(), []) };
}
