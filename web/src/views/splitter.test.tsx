// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { Splitter } from "./splitter";

afterEach(cleanup);

test("the arrow keys move it within its bounds, and Home resets it", () => {
  const onWidth = vi.fn();
  render(<Splitter label="Width" side="before" width={250} min={240} max={480} onWidth={onWidth} />);
  const edge = screen.getByRole("separator", { name: "Width" });
  expect(edge.getAttribute("aria-valuenow")).toBe("250");
  fireEvent.keyDown(edge, { key: "ArrowRight" });
  fireEvent.keyDown(edge, { key: "ArrowLeft" });
  fireEvent.keyDown(edge, { key: "Home" });
  fireEvent.keyDown(edge, { key: "Enter" });
  expect(onWidth.mock.calls).toEqual([[266], [240], [null]]);
});

test("a column on the other side grows the other way", () => {
  const onWidth = vi.fn();
  render(<Splitter label="Width" side="after" width={300} min={240} max={480} onWidth={onWidth} />);
  const edge = screen.getByRole("separator");
  fireEvent.keyDown(edge, { key: "ArrowLeft" });
  edge.setPointerCapture = vi.fn();
  fireEvent.pointerDown(edge, { button: 0, clientX: 100, pointerId: 1 });
  fireEvent.pointerMove(edge, { clientX: 80 });
  fireEvent.pointerUp(edge);
  fireEvent.pointerMove(edge, { clientX: 10 });
  expect(onWidth.mock.calls).toEqual([[316], [320]]);
});
