import { expect, test } from "vitest";
import { Arrivals, received } from "./stall";

test("a connection stalls four seconds after the last packet, and since that packet", () => {
  const arrivals = new Arrivals();
  const looks: [count: number, now: number][] = [[0, 0], [0, 9000], [10, 9500], [20, 10_000], [20, 13_500], [20, 14_000], [20, 14_500], [30, 15_000], [40, 15_500]];
  expect(looks.map(([count, now]) => arrivals.seen(count, now))).toEqual([null, null, null, null, null, { on: true, since: 10_000 }, null, { on: false, since: 15_000 }, null]);
});

test("a look that comes late after packets is no stall", () => {
  const arrivals = new Arrivals();
  arrivals.seen(10, 0);
  expect(arrivals.seen(3000, 60_000)).toBeNull();
});

test("received counts what came, in silence the checks alone, and nothing that was sent", async () => {
  const stats = new Map([["t", { type: "transport", bytesReceived: 5 }], ["o", { type: "outbound-rtp", bytesReceived: 9 }], ["i", { type: "inbound-rtp", bytesReceived: 2 }], ["p", { type: "candidate-pair", responsesReceived: 3, requestsReceived: 4, requestsSent: 100 }]]);
  expect(await received({ getStats: () => Promise.resolve(stats as unknown as RTCStatsReport) })).toBe(14);
});
