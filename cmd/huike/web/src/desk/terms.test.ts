/// <reference types="vite/client" />
import { expect, test } from "vitest";
import flows from "../../../../../dialog/flow/shop/flows.yaml?raw";
import routing from "../../../../../dialog/flow/shop/routing.yaml?raw";
import { happeningName, pointsName, intentName, ruleName, slotName, tagName, telling } from "./terms";

test("every rule of the routing table is worded", () => {
  const rules = [...routing.matchAll(/^ {2}- \{?(?:id: )(\w+)/gm)].map((found) => found[1] ?? "");
  expect(rules.length).toBeGreaterThan(8);
  expect(rules.filter((rule) => ruleName(rule, "zh") === rule || ruleName(rule, "en") === rule)).toEqual([]);
});

test("every flow that has a title is worded", () => {
  const named = [...flows.matchAll(/^ {2}- name: (\S+)\n {4}title:/gm)].map((found) => found[1] ?? "");
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((flow) => intentName(flow, "zh") === flow)).toEqual([]);
});

test("what a waiting caller is asked for is worded, and no bare yes is shown", () => {
  const asked = [...flows.matchAll(/slot: (\w+), when: .* say: prepare\./g)].map((found) => found[1] ?? "");
  expect(asked.length).toBeGreaterThan(3);
  expect(asked.filter((slot) => slotName(slot, "zh") === slot)).toEqual([]);
  expect(telling([{ name: "answer", value: "yes" }, { name: "store", value: "Nanjing Road" }])).toEqual([{ name: "store", value: "Nanjing Road" }]);
});

test("a tag with a value is worded by its pattern, and the shop's own stay as they are", () => {
  expect(tagName("常用渠道:phone", "en")).toBe("Usual channel: Phone");
  expect(tagName("常去:南京路店", "zh")).toBe("常去：南京路店");
  expect(tagName("易怒", "en")).toBe("Easily upset");
  expect(tagName("our own: tag", "zh")).toBe("our own: tag");
  expect(happeningName("order.status", "zh")).toBe("订单查询");
  expect([pointsName("order 10023", "zh"), pointsName("welcome", "zh"), pointsName("redeemed 90101", "en"), pointsName("our gift", "zh")]).toEqual(["订单 10023", "入会赠送", "Turned into coupon 90101", "our gift"]);
});
