import { expect, test } from "vitest";
import { withoutMarks } from "./plain";

test.each([
  ["Sounds **lovely**.\n\n- three *hours*?\n- `water`?", "Sounds lovely. three hours? water?"],
  ["> 인용한 말\n\n그렇죠", "인용한 말 그렇죠"],
  ["```ts\nconst a = 1;\n```", "const a = 1;"],
  ["1. 하나\n2. 둘", "하나 둘"],
  ["**_both_** and ~~gone~~", "both and gone"],
  ["snake_case_name stays, 2 * 3 * 4 too", "snake_case_name stays, 2 * 3 * 4 too"],
  ["https://maru.example/a_b_c", "https://maru.example/a_b_c"],
])("%j is hinted at as %j", (body, hint) => expect(withoutMarks(body)).toBe(hint));
