import { useLayoutEffect, type RefObject } from "react";

/** Keeps a field as high as its text, up to the limit of its style sheet. */
export function useAutoHeight(fieldRef: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = fieldRef.current;
    if (element === null) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- the text decides the height
  }, [fieldRef, text]);
}
