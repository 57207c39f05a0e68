import { createContext, useContext } from "react";

/** Something that was done just now. */
export interface Done {
  /** What, in a sentence. */
  text: string;
  /** Takes it back, if that can be. */
  undo?: () => Promise<unknown>;
}

export const DoneContext = createContext<(done: Done) => void>(() => {});

/** Tells the person what was done. */
export function useDone(): (done: Done) => void {
  return useContext(DoneContext);
}
