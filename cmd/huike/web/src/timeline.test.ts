import { describe, expect, test } from "vitest";
import { clock, lacking, Levels, pictureOf, spoken, windowOf } from "./timeline";

describe("the window", () => {
  test.each<[string, number, boolean, [number, number]]>([
    ["holds still for the first half minute", 12_000, false, [0, 30_000]],
    ["then moves with the call", 45_000, false, [15_000, 45_000]],
    ["shows the whole call when it is over", 95_000, true, [0, 95_000]],
    ["is never empty", 0, true, [0, 1000]],
  ])("%s", (_, now, ended, [from, to]) => {
    expect(windowOf(now, ended)).toEqual({ from, to });
  });
});

describe("the picture", () => {
  const window = { from: 10_000, to: 40_000 };

  test("puts the caller above and whoever answers below", () => {
    const blocks = pictureOf({ spans: [{ party: "caller", from: 10_000, to: 13_000 }, { party: "human", from: 16_000, to: 19_000 }], cuts: [] }, window, 40_000).blocks;
    expect(blocks).toEqual([
      { party: "caller", lane: 0, x: 0, width: 0.1 },
      { party: "human", lane: 1, x: 0.2, width: 0.1 },
    ]);
  });
  test("cuts off what reaches out of the window, and leaves out what is past", () => {
    const blocks = pictureOf({ spans: [{ party: "agent", from: 1000, to: 9000 }, { party: "agent", from: 9000, to: 13_000 }], cuts: [] }, window, 40_000).blocks;
    expect(blocks).toEqual([{ party: "agent", lane: 1, x: 0, width: 0.1 }]);
  });
  test("lets sound that goes on grow to now", () => {
    expect(pictureOf({ spans: [{ party: "agent", from: 37_000 }], cuts: [] }, window, 40_000).blocks[0]?.width).toBeCloseTo(0.1);
  });
  test("marks the interruptions in sight", () => {
    expect(pictureOf({ spans: [], cuts: [{ turn: 1, at: 500 }, { turn: 2, at: 25_000 }] }, window, 40_000).cuts).toEqual([{ x: 0.5, at: 25_000 }]);
  });
  test("has a hole where there was no connection, and no voice in it", () => {
    const picture = pictureOf({ spans: [{ party: "agent", from: 13_000 }], cuts: [], gaps: [{ from: 16_000, to: 19_000 }, { from: 37_000 }] }, window, 40_000);
    expect(picture.holes.map((hole) => [hole.x, hole.width].map((n) => n.toFixed(2)))).toEqual([["0.20", "0.10"], ["0.90", "0.10"]]);
    expect(picture.blocks.map((block) => [block.x, block.width].map((n) => n.toFixed(2)))).toEqual([["0.10", "0.10"], ["0.30", "0.60"]]);
  });
  test.each([
    [30_000, ["0:00", "0:05", "0:10", "0:15", "0:20", "0:25", "0:30"]],
    [120_000, ["0:00", "0:30", "1:00", "1:30", "2:00"]],
  ])("has no more than nine times along %i ms", (length, labels) => {
    expect(pictureOf({ spans: [], cuts: [] }, { from: 0, to: length }, 0).ticks.map((tick) => tick.label)).toEqual(labels);
  });
});

test("spoken adds up each party, up to now where it goes on", () => {
  expect(spoken([{ party: "caller", from: 0, to: 500 }, { party: "caller", from: 900 }, { party: "agent", from: 500, to: 600 }], 1000)).toEqual({ caller: 600, agent: 100, human: 0 });
});

test("lacking adds up the gaps, up to now where one lasts", () => {
  expect(lacking([{ from: 100, to: 600 }, { from: 900 }], 1000)).toBe(600);
});

test("a clock has minutes without end and never runs backwards", () => {
  expect([clock(-5), clock(61_999), clock(3_600_000)]).toEqual(["0:00", "1:01", "60:00"]);
});

describe("levels", () => {
  test("the loudest in each part is its bar", () => {
    const levels = new Levels();
    for (const [at, caller] of [[0, 0.1], [50, 0.9], [100, 0.2], [150, 0.3]] as const) levels.push({ at, caller, answer: 0 });
    expect([...levels.bars({ from: 0, to: 200 }, 2).caller].map((n) => n.toFixed(1))).toEqual(["0.9", "0.3"]);
  });
  test("of a time before the window are passed over", () => {
    const levels = new Levels();
    for (let at = 0; at < 1000; at += 50) levels.push({ at, caller: at < 500 ? 1 : 0, answer: 0 });
    expect([...levels.bars({ from: 500, to: 1000 }, 2).caller]).toEqual([0, 0]);
  });
  test("are bounded, the oldest given up first", () => {
    const levels = new Levels(100);
    for (let at = 0; at < 150; at++) levels.push({ at, caller: 1, answer: 0 });
    expect(levels.bars({ from: 0, to: 10 }, 1).caller[0]).toBe(0);
    expect(levels.bars({ from: 140, to: 150 }, 1).caller[0]).toBe(1);
  });
  test("of a clock that was set back are dropped", () => {
    const levels = new Levels();
    levels.push({ at: 100, caller: 0.1, answer: 0 });
    levels.push({ at: 50, caller: 0.9, answer: 0 });
    expect(levels.bars({ from: 0, to: 200 }, 1).caller[0]).toBeCloseTo(0.1);
  });
});
