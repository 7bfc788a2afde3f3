import { describe, expect, test } from "vitest";
import { memberOf, parse, slotsOf } from "./wire";

describe("parse", () => {
  test.each<[string, string]>([
    ["no JSON", "hello"],
    ["an array", "[1,2]"],
    ["null", "null"],
    ["a type that no page knows", '{"type":"stats"}'],
    ["a caption of nobody", '{"type":"caption","party":"ghost","turn":1,"text":"boo","final":true}'],
    ["a handoff in no state", '{"type":"handoff","state":"lost"}'],
  ])("passes over %s", (_, raw) => {
    expect(parse(raw)).toBeUndefined();
  });

  test("takes what is missing as empty", () => {
    expect(parse('{"type":"caption","party":"caller"}')).toEqual({ type: "caption", party: "caller", turn: 0, text: "", final: false, at: 0 });
  });

  test("drops fields of the wrong kind", () => {
    expect(parse('{"type":"latency","turn":1,"ms":"fast","dialog":2}')).toEqual({ type: "latency", turn: 1, ms: 0, dialog: 2 });
  });
});

test("slots come as a list or as a map", () => {
  expect(slotsOf([{ name: "store", value: "West", heard: "west" }, { value: "nameless" }, 7])).toEqual([{ name: "store", value: "West" }]);
  expect(slotsOf({ store: "West", n: 3 })).toEqual([{ name: "store", value: "West" }]);
  expect(slotsOf(null)).toEqual([]);
});

test("a member without facts is empty", () => {
  expect(memberOf({ name: "", points: "many" })).toEqual({});
  expect(memberOf({ name: "张女士", points: 0 })).toEqual({ name: "张女士", points: 0 });
});

test("what has come to be known while a caller waits comes with the handoff, and the rule with the words", () => {
  expect(parse('{"type":"handoff","state":"waiting","text":"Wanted: a size","slots":[{"name":"size","value":"42"}]}')).toEqual({ type: "handoff", state: "waiting", reason: "", text: "Wanted: a size", slots: [{ name: "size", value: "42" }] });
  expect(parse('{"type":"understood","turn":2,"rule":"asked"}')).toEqual({ type: "understood", turn: 2, intent: "", slots: [], rule: "asked" });
});

test("a transfer is asked for, done or refused, and nothing else", () => {
  expect(parse('{"type":"transfer","state":"refused","error":"486 busy here"}')).toEqual({ type: "transfer", state: "refused", error: "486 busy here" });
  expect(parse('{"type":"transfer","state":"perhaps"}')).toBeUndefined();
});
