import { expect, test } from "vitest";
import { numbersFor } from "./numbers";

test("numbers are written as their readers write them", () => {
  expect(numbersFor("en").count(12_842)).toBe("12,842");
  expect(numbersFor("en").ms(20.4)).toBe("20 ms");
  expect(numbersFor("en").ms(1_240)).toBe("1.2 sec");
  expect(numbersFor("ko").ms(20)).toBe("20ms");
  expect(numbersFor("ko").ms(1_240)).toBe("1.2초");
});

test("a rate has a fraction as long as that matters", () => {
  expect(numbersFor("en").rate(0.25)).toBe("0.3");
  expect(numbersFor("en").rate(99.94)).toBe("99.9");
  expect(numbersFor("en").rate(1_234.5)).toBe("1,235");
});
