import { expect, test } from "vitest";
import { because } from "./refusal";

const words = { busy: "busy", nobody: "nobody", unknown: "unknown", declined: "declined", full: "full", cannot: "cannot" };

test("a refusal is told in words, and one that is not known as it came", () => {
  expect(because("sip: refused with 486 Busy Here", words)).toBe("busy");
  expect(because("sip: refused with 404 transfer target", words)).toBe("unknown");
  expect(because("sip: refused with 503 transfer target", words)).toBe("full");
  expect(because("context deadline exceeded", words)).toBe("nobody");
  expect(because("this line cannot be passed on; give the call back", words)).toBe("cannot");
  expect(because("sip: refused with 488 Not Acceptable Here", words)).toBe("sip: refused with 488 Not Acceptable Here");
});
