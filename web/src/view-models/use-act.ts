import { useCallback, useRef, useState } from "react";
import { useProblemText } from "./problem-text";

/** One thing at a time that may fail, and the sentence that says why it did. */
export function useAct(): { working: boolean; problem: string | null; run(act: () => Promise<unknown>): void } {
  const sentence = useProblemText();
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const busy = useRef(false);
  const run = useCallback(
    (act: () => Promise<unknown>) => {
      if (busy.current) return;
      busy.current = true;
      setWorking(true);
      setProblem(null);
      act()
        .catch((error: unknown) => setProblem(sentence(error)))
        .finally(() => {
          busy.current = false;
          setWorking(false);
        });
    },
    [sentence],
  );
  return { working, problem, run };
}
