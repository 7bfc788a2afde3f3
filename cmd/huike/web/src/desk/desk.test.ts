import { describe, expect, test } from "vitest";
import { fold } from "../call";
import { callBacksOf, empty, keptOf, lookAgain, reduce, ticketOf, ticketsOf, type DeskAction, type DeskState } from "./desk";
import type { Message } from "../wire";
import { nameOf, wordsOf } from "../words";
import { outcomeOf } from "./kept";
import { profileOf } from "./profile";

const raw = (call: string, more: object = {}) => ({ call, state: "waiting", reason: "complaint", lang: "en", since: "2026-11-21T10:00:00Z", waited_ms: 4000, ...more });
const row = (call: string, more: object = {}) => ticketOf(raw(call, more), 10_000);
const run = (from: DeskState, ...actions: DeskAction[]) => actions.reduce(reduce, from);

describe("a ticket", () => {
  test("waits by the server's clock, not by ours", () => {
    expect(ticketOf(raw("c_1"), 10_000).since).toBe(6000);
  });
  test("has the tags of the call and of the member, each once", () => {
    expect(ticketOf(raw("c_1", { tags: ["vip"], member: { tags: [{ name: "vip" }, { name: "expert" }] } }), 0).tags).toEqual(["vip", "expert"]);
  });
  test("shows what came with the call", () => {
    expect(ticketOf(raw("c_1", { context: { diversion: "sales", odd: 7 } }), 0).context).toEqual([{ name: "diversion", value: "sales" }]);
  });
  test("without a call is none", () => {
    expect(ticketsOf([raw("c_1"), {}, null], 0).map((one) => one.call)).toEqual(["c_1"]);
    expect(ticketsOf({ error: "no" }, 0)).toEqual([]);
  });
});

describe("the queue", () => {
  const working = run(empty("anna"), { do: "queue", queue: [row("c_1", { state: "taken", agent: "anna" })] });

  test("shows one's own call after a reload, its sound to be connected again", () => {
    expect([working.mine, working.sound]).toEqual(["c_1", "lost"]);
  });
  test("without one's own call means that it ended", () => {
    const state = run(working, { do: "sound", sound: "on" }, { do: "queue", queue: [] });
    expect([state.mine, state.sound]).toEqual(["", "none"]);
  });
  test("that is older than the taking does not take the call away", () => {
    const state = run(empty("anna"), { do: "sound", sound: "joining" }, { do: "mine", call: "c_1" }, { do: "queue", queue: [row("c_1")] });
    expect([state.mine, state.sound]).toEqual(["c_1", "joining"]);
  });
  test("of others' calls is nobody's here", () => {
    expect(run(empty("anna"), { do: "queue", queue: [row("c_1", { state: "taken", agent: "ben" })] }).mine).toBe("");
  });
});

describe("the chosen call", () => {
  const line = { at: 100, party: "caller", turn: 1, text: "This is broken!" };
  const chosen = run(empty("anna"), { do: "select", call: "c_1" });
  const event = (call: string, text: string): DeskAction => ({ do: "event", call, now: 5, message: { type: "caption", party: "caller", turn: 3, text, final: true, at: 3000 } });

  test("keeps what is said while its ticket is on the way", () => {
    const state = run(chosen, event("c_1", "Hello?"), { do: "brief", ticket: row("c_1", { transcript: [line], intent: "complaint" }), history: null, now: 5 });
    expect(state.watch.captions.map((one) => one.clauses[0])).toEqual(["This is broken!", "Hello?"]);
    expect(state.watch.intent).toBe("complaint");
  });
  test("has its picture from the journal, and goes on from there", () => {
    const speech = (on: boolean, at: number) => ({ type: "speech", party: "caller", on, at }) as const;
    const history = fold([speech(true, 100), speech(false, 300), speech(true, 500)]);
    const state = run(chosen, { do: "brief", ticket: row("c_1"), history, now: 5 }, { do: "event", call: "c_1", message: speech(false, 900), now: 9 });
    expect(state.watch.spans).toEqual([{ party: "caller", from: 100, to: 300 }, { party: "caller", from: 500, to: 900 }]);
  });
  test("is told what has come to be known while it waits, from the journal and as it happens", () => {
    const told = (text: string, order: string): Message => ({ type: "handoff", state: "waiting", reason: "complaint", text, slots: [{ name: "order_number", value: order }] });
    const history = fold([{ type: "understood", turn: 1, rule: "complaint", slots: [] }, told("Wanted: an order", "10027")]);
    const before = run(chosen, { do: "brief", ticket: row("c_1", { summary: "Wanted: nothing" }), history, now: 5 });
    expect([before.watch.brief, before.watch.rule, before.watch.slots]).toEqual(["Wanted: an order", "complaint", [{ name: "order_number", value: "10027" }]]);
    const after = run(before, { do: "event", call: "c_1", message: told("Wanted: two orders", "10028"), now: 9 }, { do: "event", call: "c_1", message: { type: "handoff", state: "taken" }, now: 10 });
    expect([after.watch.brief, after.watch.slots]).toEqual(["Wanted: two orders", [{ name: "order_number", value: "10028" }]]);
  });
  test("hears nothing of another call", () => {
    expect(run(chosen, { do: "brief", ticket: row("c_1"), history: null, now: 5 }, event("c_2", "Hm?")).watch.captions).toEqual([]);
  });
  test("takes no ticket of a call that was chosen before", () => {
    expect(run(chosen, { do: "select", call: "c_2" }, { do: "brief", ticket: row("c_1"), history: null, now: 5 }).brief).toBeNull();
  });
  test("keeps its words when the ticket comes again", () => {
    const state = run(chosen, { do: "brief", ticket: row("c_1", { transcript: [line] }), history: null, now: 5 }, event("c_1", "And you?"), { do: "brief", ticket: row("c_1", { state: "taken" }), history: null, now: 6 });
    expect(state.watch.captions).toHaveLength(2);
    expect(state.brief?.state).toBe("taken");
  });
});

test("leaving the desk forgets all that was on it", () => {
  const state = run(empty("anna"), { do: "entered" }, { do: "queue", queue: [row("c_1")] }, { do: "left" });
  expect(state).toEqual(empty("anna"));
});

describe("a profile", () => {
  test("is addressed by surname and title in either language", () => {
    const profile = profileOf({ name: { family: "张", given: "丽", family_en: "Zhang", given_en: "Li" }, gender: "female" });
    expect([profile?.zh, profile?.en]).toEqual(["张女士", "Ms Zhang"]);
  });
  test("is named in full where the title is not known", () => {
    const profile = profileOf({ name: { family_en: "Smith", given_en: "Jo" } });
    expect([profile?.zh, profile?.en]).toEqual(["Jo Smith", "Jo Smith"]);
  });
  test("reads the short card of the queue as well", () => {
    expect(profileOf({ name: "Ms Zhang", last_purchase: "running shoes" })).toMatchObject({ en: "Ms Zhang", purchase: { en: "running shoes" } });
  });
  test("shows nothing for what was withheld", () => {
    expect(profileOf({ id: "m_1" })).toMatchObject({ zh: "", phone: "", points: null, purchase: null, orders: null });
  });
  test("of an unknown caller is none", () => {
    expect(profileOf(null)).toBeNull();
  });
});

describe("a kept call", () => {
  const call = (more: object) => keptOf([{ call: "c_1", ...more }]);
  const outcome = (more: object) => call(more).map((one) => outcomeOf(one, wordsOf("en")))[0];

  test("says how it ended, and not that it is connected", () => {
    expect(outcome({ live: true })).toBe("In progress");
    expect(outcome({ disposition: "hung_up" })).toBe("The call was hung up.");
    expect(outcome({ broken_off: true })).toBe("Broken off: the server stopped in it.");
  });
  test("that runs is looked at again soon", () => {
    expect([lookAgain(call({ live: true })), lookAgain(call({})), lookAgain(null)]).toEqual([2000, 10_000, 10_000]);
  });
});

test.each(["zh", "en"] as const)("no two parties have one name, in %s", (lang) => {
  for (const view of ["caller", "desk", "mine"] as const) {
    const names = (["caller", "agent", "human"] as const).map((party) => nameOf(wordsOf(lang), party, view));
    expect(new Set(names).size).toBe(3);
    if (view !== "caller") expect(names).not.toContain("Agent"); // who works at the desk is one
  }
});

test("kept calls and call-backs without an id, or of another shape, are passed over", () => {
  expect(keptOf([{ call: "c_1", duration_ms: 5, began: "2026-11-21T10:00:00Z" }, {}, 3])).toMatchObject([{ call: "c_1", duration: 5, began: 1795255200000 }]);
  expect(keptOf("no")).toEqual([]);
  expect(callBacksOf([{ ticket: "t_1", phone: "138****1234", written: "0001-01-01T00:00:00Z" }])).toEqual([{ id: "t_1", phone: "138****1234", when: "", reason: "", at: 0 }]);
});
