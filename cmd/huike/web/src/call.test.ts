import { describe, expect, test } from "vitest";
import { callTime, fold, initial, joined, reduce, unheard, words, type Action, type CallState } from "./call";
import { parse, type Message } from "./wire";

/** after returns the state after messages, each received the moment that it tells of. */
function after(messages: Message[], from: CallState = initial()): CallState {
  return messages.reduce((state, message) => reduce(state, { do: "message", message, now: 1000 + ("at" in message ? (message.at ?? 0) : 0) }), from);
}

const caption = (party: "caller" | "agent" | "human", turn: number, text: string, final: boolean, clause?: number): Message => {
  const message: Message = { type: "caption", party, turn, text, final, at: turn * 1000 };

  return clause === undefined ? message : { ...message, clause };
};

describe("captions", () => {
  const said = (state: CallState) => state.captions.map((one) => `${one.party}${one.final ? "" : "?"}: ${words(one.clauses)}`);

  test.each<[string, Message[], string[]]>([
    ["a partial is replaced by the next", [caption("caller", 1, "where", false), caption("caller", 1, "where is", false)], ["caller?: where is"]],
    ["a final ends the partials of its turn", [caption("caller", 1, "where", false), caption("caller", 1, "Where is my order?", true)], ["caller: Where is my order?"]],
    ["the same final twice is said once", [caption("caller", 1, "Yes.", true), caption("caller", 1, "Yes.", true)], ["caller: Yes."]],
    ["more words after a final of the turn stand alone", [caption("caller", 1, "Yes.", true), caption("caller", 1, "And no", false)], ["caller: Yes.", "caller?: And no"]],
    ["a cough whose words are taken back leaves nothing", [caption("caller", 1, "mm", false), caption("caller", 1, "", true)], []],
    ["clauses of the agent join", [caption("agent", 2, "Hello, Ms Zhang.", true, 0), caption("agent", 2, "How can I help?", true, 1)], ["agent: Hello, Ms Zhang. How can I help?"]],
    ["Chinese clauses join without a space", [caption("agent", 2, "张女士您好，", true, 0), caption("agent", 2, "请讲。", true, 1)], ["agent: 张女士您好，请讲。"]],
    ["a clause out of order finds its place", [caption("agent", 2, "two", true, 1), caption("agent", 2, "one", true, 0)], ["agent: one two"]],
    ["each party has its own words in a turn", [caption("caller", 3, "Hi", true), caption("human", 3, "Hello", true)], ["caller: Hi", "human: Hello"]],
  ])("%s", (_, messages, want) => {
    expect(said(after(messages))).toEqual(want);
  });

  test("a caption keeps its place and id while its words change", () => {
    const state = after([caption("caller", 1, "wh", false), caption("agent", 2, "Hm?", true, 0), caption("caller", 1, "what", true)]);
    expect(state.captions.map((one) => one.id)).toEqual([1, 2]);
  });

  test("the end of the call makes every caption final", () => {
    const state = after([caption("caller", 1, "bye", false), { type: "ended", disposition: "hung_up", by: "caller", at: 2000 }]);
    expect(state.captions[0]?.final).toBe(true);
  });
});

describe("an interruption", () => {
  const reply = [caption("agent", 2, "Your order shipped on Monday", true, 0), caption("agent", 2, "and comes tomorrow.", true, 1)];

  test.each<[string, string | undefined, [string, string]]>([
    ["splits what was heard from what was not", "Your order shipped", ["Your order shipped", " on Monday and comes tomorrow."]],
    ["before the first sound leaves nothing heard", "", ["", "Your order shipped on Monday and comes tomorrow."]],
    ["in the middle of a word leaves the word unheard", "Your order shi", ["Your order", " shipped on Monday and comes tomorrow."]],
    ["of words worded otherwise for the voice shows all of them", "your order number one", ["Your order shipped on Monday and comes tomorrow.", ""]],
  ])("%s", (_, heard, want) => {
    const state = after([...reply, { type: "interrupted", turn: 2, heard: heard ?? "", at: 2500 }]);
    expect(unheard(state.captions[0]!)).toEqual(want);
    expect(state.cuts).toEqual([{ turn: 2, at: 2500 }]);
  });

  test("of another turn marks no words", () => {
    const state = after([...reply, { type: "interrupted", turn: 4, heard: "x", at: 2500 }]);
    expect(state.captions[0]?.heard).toBeUndefined();
  });
});

describe("a stall", () => {
  const talking = reduce(initial(), { do: "answered", now: 1000 });
  const weak = (on: boolean, now: number, since?: number): Action => (since === undefined ? { do: "weak", on, now } : { do: "weak", on, now, since });
  const run = (...actions: Action[]) => actions.reduce(reduce, talking);

  test("is a gap since the last packet, until something comes again", () => {
    expect(run(weak(true, 8000, 6000)).gaps).toEqual([{ from: 5000 }]);
    expect(run(weak(true, 8000, 6000), weak(true, 9000), weak(false, 11_000)).gaps).toEqual([{ from: 5000, to: 10_000 }]);
  });
  test("that is told again begins where the one before ended", () => {
    expect(run(weak(true, 8000, 6000), weak(false, 11_000), weak(true, 12_000, 10_500)).gaps).toEqual([{ from: 5000, to: 10_000 }, { from: 10_000 }]);
  });
  test("that the call does not survive lasts to its end", () => {
    const state = run(weak(true, 8000, 6000), { do: "failed", failure: { code: "lost" }, now: 13_000 });
    expect([state.gaps, state.weak]).toEqual([[{ from: 5000, to: 12_000 }], false]);
  });
  test("before the call is connected is no gap", () => {
    expect(reduce(initial(), weak(true, 5)).gaps).toEqual([]);
  });
});

describe("speech", () => {
  const speech = (party: "caller" | "agent", on: boolean, at: number): Message => ({ type: "speech", party, on, at });

  test("on and off make a span", () => {
    expect(after([speech("caller", true, 100), speech("caller", false, 900)]).spans).toEqual([{ party: "caller", from: 100, to: 900 }]);
  });
  test("both parties may sound at once", () => {
    const spans = after([speech("agent", true, 0), speech("caller", true, 50), speech("agent", false, 80), speech("caller", false, 90)]).spans;
    expect(spans).toEqual([{ party: "agent", from: 0, to: 80 }, { party: "caller", from: 50, to: 90 }]);
  });
  test("on twice is one span, off alone is none", () => {
    expect(after([speech("caller", false, 5), speech("caller", true, 10), speech("caller", true, 20)]).spans).toEqual([{ party: "caller", from: 10 }]);
  });
  test("the end of the call ends what still sounds", () => {
    expect(after([speech("agent", true, 10), { type: "ended", disposition: "completed", at: 500 }]).spans).toEqual([{ party: "agent", from: 10, to: 500 }]);
  });
});

describe("a call's clock", () => {
  test("the least delayed message is the nearest to the truth", () => {
    let state = reduce(initial(), { do: "message", message: { type: "started", call: "c", at: 0 }, now: 5300 });
    state = reduce(state, { do: "message", message: { type: "speech", party: "agent", on: true, at: 1000 }, now: 6050 });
    expect(callTime(state, 7050)).toBe(2000);
  });
  test("stands still when the call has ended", () => {
    expect(callTime(after([{ type: "started", call: "c", at: 0 }, { type: "ended", disposition: "completed", at: 4000 }]), 99_999)).toBe(4000);
  });
});

describe("the course of a call", () => {
  const run = (...actions: Action[]) => actions.reduce(reduce, initial());

  test("dialling forgets the call before", () => {
    const old = after([caption("caller", 1, "old", true)]);
    expect(reduce(old, { do: "dial" })).toEqual({ ...initial(), phase: "asking" });
  });
  test("a refusal before the answer leaves the page ready to call", () => {
    const state = run({ do: "dial" }, { do: "offer" }, { do: "failed", failure: { code: "full", retryAt: 9 }, now: 1 });
    expect([state.phase, state.failure?.code, state.ended]).toEqual(["idle", "full", null]);
  });
  test("a network that goes away in a call ends it and says so", () => {
    const state = run({ do: "dial" }, { do: "answered", now: 0 }, { do: "failed", failure: { code: "lost" }, now: 3000 });
    expect([state.phase, state.ended?.disposition, state.failure?.code]).toEqual(["ended", "disconnected", "lost"]);
  });
  test("the server's word on the end stands", () => {
    const state = run({ do: "answered", now: 0 }, { do: "message", message: { type: "ended", disposition: "completed", by: "agent", at: 10 }, now: 10 }, { do: "closed", now: 20 }, { do: "failed", failure: { code: "lost" }, now: 30 });
    expect([state.ended, state.failure]).toEqual([{ disposition: "completed", by: "agent" }, null]);
  });
  test("the first word on the end stands", () => {
    const ended = (disposition: string): Message => ({ type: "ended", disposition, at: 5 });
    expect(after([ended("handed_off"), ended("hung_up")]).ended?.disposition).toBe("handed_off");
  });
  test("a line that closes without a word was hung up by the caller", () => {
    expect(run({ do: "answered", now: 0 }, { do: "closed", now: 20 }).ended).toEqual({ disposition: "hung_up", by: "caller" });
  });
  test("keys are kept, the newest 24", () => {
    const keys = Array.from({ length: 30 }, (_, i) => ({ do: "key", key: String(i % 10) }) as Action);
    expect(run(...keys).keys).toBe("678901234567890123456789");
  });
});

describe("a handoff", () => {
  const at = (state: CallState, now: number, message: Message) => reduce(state, { do: "message", message, now });

  test("waits from when it was asked for, however often that is told", () => {
    let state = at(initial(), 1000, { type: "handoff", state: "waiting", reason: "complaint" });
    state = at(state, 4000, { type: "handoff", state: "waiting" });
    expect(state.handoff).toEqual({ state: "waiting", reason: "complaint", since: 1000 });
  });
  test("taken begins its own time and keeps the reason", () => {
    let state = at(initial(), 1000, { type: "handoff", state: "waiting", reason: "complaint" });
    state = at(state, 9000, { type: "handoff", state: "taken", waited_ms: 8000 });
    expect(state.handoff).toEqual({ state: "taken", reason: "complaint", since: 9000, waited: 8000 });
  });
});

test("later slots correct earlier ones", () => {
  const state = after([
    { type: "understood", turn: 1, intent: "order.status", slots: [{ name: "order_number", value: "10032" }] },
    { type: "understood", turn: 3, slots: [{ name: "order_number", value: "10023" }, { name: "store", value: "West Lake" }] },
  ]);
  expect([state.intent, state.slots]).toEqual(["order.status", [{ name: "order_number", value: "10023" }, { name: "store", value: "West Lake" }]]);
});

describe("joining a call late", () => {
  const state = joined([
    { at: 0, party: "agent", turn: 1, text: "Hello. How can I help?", cut: false },
    { at: 3000, party: "caller", turn: 2, text: "A person, please.", cut: false },
  ]);

  test("shows the transcript", () => {
    expect(state.captions.map((one) => one.clauses.join())).toEqual(["Hello. How can I help?", "A person, please."]);
  });
  test("does not repeat what the transcript already has", () => {
    expect(after([caption("agent", 1, "How can I help?", true, 1), caption("caller", 2, "A person, please.", true)], state).captions).toHaveLength(2);
  });
  test("joins lines of one turn of the agent, not of the caller", () => {
    const line = (party: "agent" | "caller", turn: number, text: string) => ({ at: 0, party, turn, text, cut: false });
    const lines = [line("agent", 1, "You have 1280 points."), line("agent", 1, "Anything else?"), line("caller", 2, "No."), line("caller", 2, "Thanks.")];
    expect(joined(lines).captions.map((one) => words(one.clauses))).toEqual(["You have 1280 points. Anything else?", "No.", "Thanks."]);
  });
  test("adds clauses that came since", () => {
    expect(words(after([caption("agent", 1, "Take your time.", true, 2)], state).captions[0]!.clauses)).toBe("Hello. How can I help? Take your time.");
  });
});

test("a journal folds to the call that it tells, its own events passed over", () => {
  const lines = [
    '{"type":"started","at":0,"call":"c_1","lang":"en"}',
    '{"type":"act","at":1,"turn":1,"act":{"name":"greet"}}',
    '{"type":"speech","at":20,"party":"agent","on":true}',
    '{"type":"caption","at":20,"party":"agent","turn":1,"text":"Hello.","final":true,"clause":0}',
    '{"type":"speech","at":900,"party":"agent","on":false}',
    '{"type":"latency","at":900,"turn":1,"ms":430,"endpointing":300,"recognition":40,"dialog":1,"synthesis":60,"playout":9}',
    '{"type":"ended","at":1500,"disposition":"hung_up","by":"caller"}',
  ];
  const state = fold(lines.map(parse).filter((message) => message !== undefined));
  expect([state.id, state.phase, state.length, state.spans, state.latencies[1]?.endpointing]).toEqual(["c_1", "ended", 1500, [{ party: "agent", from: 20, to: 900 }], 300]);
});
