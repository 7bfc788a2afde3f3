// What an agent's desk knows: a state, and a function from one state and
// something that happened to the next. No clock, no I/O.

import { initial, joined, merged, reduce as reduceCall, type CallState, type Failure, type Line } from "../call";
import { fields, messageOf, number, slotsOf, text, type Message, type Party, type Slot } from "../wire";
import { profileOf, type Profile } from "./profile";

// What a person is told before they speak.
export interface Ticket {
  call: string;
  lang: string;
  reason: string;
  summary: string;
  said: string; // the sentence that caused the handoff
  intent: string;
  mood: string;
  slots: Slot[];
  profile: Profile | null;
  tags: string[];
  context: Slot[]; // what came with the call, such as a diversion
  transcript: Line[];
  since: number; // wall clock, ms
  state: string; // waiting or taken
  agent: string; // who has it
}

// A call that is over, or runs without a person.
export interface Kept {
  call: string;
  began: number; // wall clock, ms; 0 when unknown
  duration: number; // ms
  lang: string;
  name: string;
  caller: string; // masked
  disposition: string;
  by: string;
  handoff: string;
  live: boolean;
  broken: boolean; // the server died in it
  recording: boolean;
  interruptions: number;
  latency: number; // median, ms; 0 when unknown
}

export interface CallBack {
  id: string;
  phone: string; // masked
  when: string;
  reason: string;
  at: number; // wall clock, ms
}

export type Sound = "none" | "joining" | "on" | "weak" | "lost";

export interface DeskState {
  auth: "out" | "checking" | "in";
  live: boolean; // told of changes as they happen
  agent: string;
  queue: Ticket[];
  selected: string;
  brief: Ticket | null; // of the selected call
  watch: CallState; // of the selected call
  early: Message[]; // events that came before the brief did
  mine: string; // the call that this agent has
  sound: Sound;
  muted: boolean;
  calls: Kept[] | null;
  callbacks: CallBack[] | null;
  opened: { call: string; state: CallState; fault: string } | null; // of the kept calls
  failure: Failure | null;
}

export type DeskAction =
  | { do: "login" }
  | { do: "entered" }
  | { do: "left"; failure?: Failure }
  | { do: "live"; on: boolean }
  | { do: "queue"; queue: Ticket[] }
  | { do: "select"; call: string }
  | { do: "brief"; ticket: Ticket; history: CallState | null; now: number }
  | { do: "event"; call: string; message: Message; now: number }
  | { do: "mine"; call: string }
  | { do: "sound"; sound: Sound }
  | { do: "mute"; on: boolean }
  | { do: "calls"; calls: Kept[] }
  | { do: "callbacks"; callbacks: CallBack[] }
  | { do: "opened"; call: string; state: CallState; fault: string }
  | { do: "shut" }
  | { do: "failed"; failure: Failure | null };

/** empty is a desk that nobody has logged in at. */
export function empty(agent: string): DeskState {
  return {
    auth: "out",
    live: false,
    agent,
    queue: [],
    selected: "",
    brief: null,
    watch: initial(),
    early: [],
    mine: "",
    sound: "none",
    muted: false,
    calls: null,
    callbacks: null,
    opened: null,
    failure: null,
  };
}

/** reduce returns the state after an action. It never changes the one before. */
export function reduce(state: DeskState, action: DeskAction): DeskState {
  switch (action.do) {
    case "login":
      return { ...state, auth: "checking", failure: null };
    case "entered":
      return { ...state, auth: "in", failure: null };
    case "left":
      return { ...empty(state.agent), failure: action.failure ?? null };
    case "live":
      return { ...state, live: action.on };
    case "queue":
      return queued(state, action.queue);
    case "select":
      return action.call === state.selected ? state : { ...state, selected: action.call, brief: null, watch: initial(), early: [] };
    case "brief":
      return briefed(state, action.ticket, action.history, action.now);
    case "event":
      return told(state, action.call, action.message, action.now);
    case "mine":
      return { ...state, mine: action.call, muted: false, sound: action.call === "" ? "none" : state.sound };
    case "sound":
      return { ...state, sound: action.sound };
    case "mute":
      return { ...state, muted: action.on };
    case "calls":
      return { ...state, calls: action.calls };
    case "callbacks":
      return { ...state, callbacks: action.callbacks };
    case "opened":
      return { ...state, opened: { call: action.call, state: action.state, fault: action.fault } };
    case "shut":
      return { ...state, opened: null };
    case "failed":
      return { ...state, failure: action.failure };
  }
}

// A call that this agent had and that is no longer in the queue has ended. One
// that is there under this agent's name, without sound, survived a reload.
function queued(state: DeskState, queue: Ticket[]): DeskState {
  const next = { ...state, queue };
  const own = queue.find((ticket) => ticket.state === "taken" && ticket.agent === state.agent);
  if (state.mine !== "" && state.sound !== "joining" && own?.call !== state.mine) {
    return { ...next, mine: "", sound: "none", muted: false };
  }
  if (state.mine === "" && own !== undefined) return { ...next, mine: own.call, sound: "lost" };

  return next;
}

// The ticket tells the words so far; who spoke when, and how fast the answers
// came, is in the journal, where one is kept.
function briefed(state: DeskState, ticket: Ticket, history: CallState | null, now: number): DeskState {
  if (ticket.call !== state.selected) return state;
  // A brief that is asked for again changes what is known, not what was said.
  if (state.brief !== null) return { ...state, brief: ticket };
  const words = joined(ticket.transcript);
  const watch = { ...words, intent: ticket.intent, slots: ticket.slots };
  if (history !== null) {
    Object.assign(watch, { spans: history.spans, cuts: history.cuts, latencies: history.latencies, rule: history.rule, brief: history.brief, slots: merged(ticket.slots, history.slots), length: Math.max(words.length, history.length) });
  }
  let next: DeskState = { ...state, brief: ticket, early: [], watch };
  for (const message of state.early) next = told(next, ticket.call, message, now);

  return next;
}

function told(state: DeskState, call: string, message: Message, now: number): DeskState {
  if (call !== state.selected) return state;
  if (state.brief === null) return { ...state, early: [...state.early, message] };

  return { ...state, watch: reduceCall(state.watch, { do: "message", message, now }) };
}

/** ticketsOf reads the queue as the server sends it. */
export function ticketsOf(value: unknown, now: number): Ticket[] {
  if (!Array.isArray(value)) return [];

  return value.map((one) => ticketOf(one, now)).filter((ticket) => ticket.call !== "");
}

/** ticketOf reads one ticket, at a moment of this machine's wall clock. */
export function ticketOf(value: unknown, now: number): Ticket {
  const from = fields(value);
  const profile = profileOf(from["profile"]) ?? profileOf(from["member"]); // the whole view, or the card of the queue
  const waited = number(from["waited_ms"]); // by the server's clock, which may differ from ours
  const tags = Array.isArray(from["tags"]) ? from["tags"].map((tag) => text(tag) ?? text(fields(tag)["name"]) ?? "") : [];

  return {
    call: text(from["call"]) ?? "",
    lang: text(from["lang"]) ?? "",
    reason: text(from["reason"]) ?? "",
    summary: text(from["summary"]) ?? "",
    said: text(from["said"]) ?? "",
    intent: text(from["intent"]) ?? "",
    mood: text(from["mood"]) ?? "",
    slots: slotsOf(from["slots"]),
    profile,
    tags: [...new Set([...tags, ...(profile?.tags ?? [])])].filter((tag) => tag !== ""),
    context: Object.entries(fields(from["context"])).flatMap(([name, value]) => (typeof value === "string" ? [{ name, value }] : [])),
    transcript: linesOf(from["transcript"]),
    since: waited === undefined ? wall(from["since"]) || now : now - waited,
    state: text(from["state"]) ?? "waiting",
    agent: text(from["agent"]) ?? "",
  };
}

/** linesOf reads a transcript. */
export function linesOf(value: unknown): Line[] {
  if (!Array.isArray(value)) return [];

  return value.map(fields).flatMap((line) => {
    const party = text(line["party"]);
    if (party !== "caller" && party !== "agent" && party !== "human") return [];

    return [{ party: party as Party, at: number(line["at"]) ?? 0, turn: number(line["turn"]) ?? 0, text: text(line["text"]) ?? "", cut: line["cut"] === true }];
  });
}

/** keptOf reads the list of kept calls. */
export function keptOf(value: unknown): Kept[] {
  if (!Array.isArray(value)) return [];

  return value
    .map(fields)
    .map((one) => ({
      call: text(one["call"]) ?? "",
      began: wall(one["began"]),
      duration: number(one["duration_ms"]) ?? 0,
      lang: text(one["lang"]) ?? "",
      name: text(one["name"]) ?? "",
      caller: text(one["caller"]) ?? "",
      disposition: text(one["disposition"]) ?? "",
      by: text(one["by"]) ?? "",
      handoff: text(one["handoff"]) ?? "",
      live: one["live"] === true,
      broken: one["broken_off"] === true,
      recording: one["recording"] === true,
      interruptions: number(fields(one["figures"])["interruptions"]) ?? 0,
      latency: number(fields(one["figures"])["latency_p50_ms"]) ?? 0,
    }))
    .filter((one) => one.call !== "");
}

/** callBacksOf reads the list of call-backs. */
export function callBacksOf(value: unknown): CallBack[] {
  if (!Array.isArray(value)) return [];

  return value.map(fields).map((one, i) => ({
    id: text(one["ticket"]) ?? String(i),
    phone: text(one["phone"]) ?? "",
    when: text(one["when"]) ?? "",
    reason: text(one["reason"]) ?? "",
    at: wall(one["written"]),
  }));
}

/** faultOf reads what is wrong with a kept call's recording; "" for nothing. */
export function faultOf(value: unknown): string {
  return text(fields(value)["recording_fault"]) ?? "";
}

/** eventsOf reads the journal of a kept call. */
export function eventsOf(value: unknown): Message[] {
  const from = fields(value);
  const list = Array.isArray(value) ? value : from["journal"];
  if (!Array.isArray(list)) return [];

  return list.map(messageOf).filter((message) => message !== undefined);
}

/** lookAgain returns when to look at the kept calls again, in milliseconds: soon while one is not over. */
export function lookAgain(calls: readonly Kept[] | null): number {
  return calls?.some((one) => one.live) ? 2_000 : 10_000;
}

/** wall reads a moment as milliseconds of the wall clock; 0 when it is none. */
export function wall(value: unknown): number {
  if (typeof value === "number") return value;
  const parsed = Date.parse(text(value) ?? "");

  return Number.isNaN(parsed) || parsed < 0 ? 0 : parsed;
}
