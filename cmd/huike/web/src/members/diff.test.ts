import { expect, test } from "vitest";
import { changed, diff } from "./diff";

const shown = (before: string, after: string) => diff(before, after).map((one) => one.mark + one.text);

test("a line that changed is one taken out and one put in", () => {
  expect(shown("a\nb\nc\n", "a\nB\nc\n")).toEqual([" a", "-b", "+B", " c"]);
  expect(shown("", "a\n")).toEqual(["+a"]);
  expect(shown("a\nb", "b\nc")).toEqual(["-a", " b", "+c"]);
});

test("what is far from a change is left out", () => {
  const before = Array.from({ length: 20 }, (_, i) => String(i)).join("\n");
  expect(changed(diff(before, before.replace("\n9\n", "\nnine\n")), 1).map((one) => (one === null ? "…" : one.mark + one.text))).toEqual([" 8", "-9", "+nine", " 10"]);
  expect(changed(diff("a\n", "a\n"))).toEqual([]);
});
