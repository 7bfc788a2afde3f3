import { expect, test, vi } from "vitest";

vi.mock("uplot", () => ({ default: class {} }));
vi.mock("uplot/dist/uPlot.min.css", () => ({}));

import { inserted } from "./rules";
import { wishOf } from "./search";

test("a piece stands at the end of its list, which is begun where it is not there", () => {
  expect(inserted("", "  - a", "tags")).toBe("tags:\n  - a\n");
  expect(inserted("tags: []\n", "  - a", "tags")).toBe("tags:\n  - a\n");
  expect(inserted("tags:\n  - a\n\ntiers:\n  - z\n", "  - b", "tags")).toBe("tags:\n  - a\n  - b\n\ntiers:\n  - z\n");
  expect(inserted("tiers:\n  - z\n", "  - gold", "tiers")).toBe("tiers:\n  - gold\n  - z\n"); // the last tier stays the last
});

test("a number of the figures is a search", () => {
  expect(wishOf({ risk: "0.8-0.9" })).toEqual({ risk: { from: 0.8, to: 0.9 } });
  expect(wishOf({ warn: "half" })).toEqual({ warn: "half" });
  expect(wishOf({ segment: "r == 5" })).toEqual({ segment: "r == 5" });
  expect(wishOf({ risk: "x" })).toBeNull();
  expect(wishOf({})).toBeNull();
});
