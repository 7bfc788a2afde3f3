import { expect, test } from "vitest";
import { sight } from "./table";

test("of ten thousand rows those in sight are drawn", () => {
  expect(sight(0, 480, 10_000)).toEqual({ from: 0, to: 17 });
  expect(sight(200_000, 480, 10_000)).toEqual({ from: 4995, to: 5017 });
  expect(sight(400_000, 480, 10_000).to).toBe(10_000);
  expect(sight(1e9, 480, 3)).toEqual({ from: 3, to: 3 });
});
