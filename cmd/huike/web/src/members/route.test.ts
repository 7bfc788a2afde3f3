import { expect, test } from "vitest";
import { addressOf, routeOf } from "./route";

test("what is written is read again", () => {
  for (const id of ["m_zhang_li", "m 张/丽?#"]) {
    expect(routeOf(addressOf("person", id, { call: "c_1" }))).toEqual({ page: "person", id, query: { call: "c_1" } });
  }
  expect(routeOf(addressOf("segments", "", { segment: 'r >= 4 and has("a&b")' })).query).toEqual({ segment: 'r >= 4 and has("a&b")' });
});

test("what is no page is the search", () => {
  for (const hash of ["", "#", "#/m/", "#/nothing", "#token=x", "#/%E0%A4%A"]) expect(routeOf(hash).page).toBe("search");
});
