import { useDeferredValue } from "react";
import { plainName } from "./names";
import { AGES, begunAt, dayOf, type Age, type Begun, type Operator } from "./operators";
import { useFindPeople } from "./use-finding";

/** What a search can go on with, in a word. */
export type Suggestion =
  | { kind: "operator"; word: Operator }
  | { kind: "person"; word: string; /** What others see. */ name: string }
  | { kind: "day"; word: string; age: Age };

const PEOPLE_MAX = 6;

export function useOperators(text: string, caret: number): { begun: Begun; suggestions: readonly Suggestion[] } | null {
  const begun = begunAt(text, caret);
  const asked = begun?.hints.find((hint) => hint.kind === "people")?.query ?? "";
  const { people } = useFindPeople(useDeferredValue(asked));
  if (begun === null) return null;
  const suggestions = begun.hints.flatMap((hint): Suggestion[] => {
    if (hint.kind === "operator") return [{ kind: "operator", word: hint.operator }];
    if (hint.kind === "people") return people.slice(0, PEOPLE_MAX).map(({ name, display_name }) => ({ kind: "person", word: `from:${name}`, name: plainName(display_name) }));
    return (Object.keys(AGES) as Age[]).map((age) => ({ kind: "day", word: hint.operator + dayOf(age, Date.now()), age }));
  });
  return suggestions.length === 0 ? null : { begun, suggestions };
}
