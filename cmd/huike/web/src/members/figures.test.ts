import { expect, test } from "vitest";
import { by, grid } from "./figures";

const cells = [
  { r: 5, f: 5, m: 1, members: 3 },
  { r: 5, f: 5, m: 2, members: 4 },
  { r: 1, f: 2, m: 2, members: 1 },
];

test("scores add up to what they were", () => {
  expect(grid(cells)[5]?.[5]).toBe(7);
  expect(grid(cells).flat().reduce((a, b) => a + b, 0)).toBe(8);
  expect(by(cells, "m")).toEqual([3, 5, 0, 0, 0]);
});
