import { useLayoutEffect, useRef, type RefObject } from "react";

/** What a dialog is about; not the button that closes it, which comes first. */
const FIRST = ":is(input:not([type=radio]), input:checked, select, textarea, button, a[href])";

/**
 * Opens a dialog above the page. The focus goes to the first control of what is marked as its body
 * and, when the dialog goes, back to where it was: the dialog must still be there then, which an
 * ordinary effect would be too late for.
 */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // What a field asks for while its dialog is closed is lost; so it is marked, too.
    const wanted = element?.querySelector<HTMLElement>("[data-autofocus]");
    // Where a finger writes, a field that nobody asked for would bring up the keyboard.
    const first = matchMedia("(pointer: coarse)").matches ? null : element?.querySelector<HTMLElement>(`[data-body] ${FIRST}`);
    (wanted ?? first)?.focus();
    return () => element?.close();
  }, []);
  return dialog;
}
