// A call as its page sees it: a state, and a function from one state and
// something that happened to the next state. No clock and no I/O: time comes in
// with the action, as the page's own milliseconds.

import type { HandoffState, TransferState, Latency, Member, Message, Party, Slot } from "./wire";

export type Phase = "idle" | "asking" | "ringing" | "connected" | "ended";

// One party's words in one turn.
export interface Caption {
  id: number; // grows by one; stays while the words change
  party: Party | "notice";
  turn: number;
  clauses: string[];
  final: boolean;
  at: number;
  heard?: string; // set where the turn was interrupted: what was heard of it
  told?: boolean; // from a transcript, so its clauses have no numbers
}

// When one party sounded, in call time; `to` is missing while it sounds.
export interface Span {
  party: Party;
  from: number;
  to?: number;
}

// Where the caller interrupted, in call time.
export interface Cut {
  turn: number;
  at: number;
}

// When nothing came through the network, in call time; `to` is missing while it lasts.
export interface Gap {
  from: number;
  to?: number;
}

export interface Handoff {
  state: HandoffState;
  reason: string;
  since: number; // the page's clock, when this state began
  waited?: number;
}

export interface Failure {
  code: FailureCode;
  detail?: string; // the server's or the browser's own words
  retryAt?: number; // the page's clock
}

export type FailureCode =
  | "microphone-refused"
  | "microphone-missing"
  | "microphone-busy"
  | "microphone-insecure"
  | "full"
  | "refused"
  | "unauthorized"
  | "unreachable"
  | "lost"
  | "gone"
  | "fault";

export interface Ended {
  disposition: string;
  by: string;
}

export interface CallState {
  phase: Phase;
  id: string;
  lang: string;
  member: Member | null;
  captions: Caption[];
  latencies: Record<number, Latency>; // by the agent's turn
  spans: Span[];
  cuts: Cut[];
  gaps: Gap[];
  intent: string;
  slots: Slot[];
  rule: string; // the last line of the routing table that decided
  brief: string; // the summary for a person, where more has come to be known
  handoff: Handoff | null;
  transfer: { state: TransferState; error: string } | null;
  ended: Ended | null;
  failure: Failure | null;
  muted: boolean;
  weak: boolean; // the network stalls; the call may come back
  keys: string;
  began: number | null; // the page's clock at call time 0, as well as is known
  length: number; // call time of the newest event
  nextId: number;
}

export type Action =
  | { do: "dial" }
  | { do: "offer" }
  | { do: "answered"; now: number }
  | { do: "message"; message: Message; now: number }
  | { do: "failed"; failure: Failure; now: number }
  | { do: "closed"; now: number }
  | { do: "mute"; on: boolean }
  | { do: "weak"; on: boolean; now: number; since?: number } // since: the page's clock when something last came
  | { do: "key"; key: string }
  | { do: "reset" };

/** initial is a page on which no call was made yet. */
export function initial(): CallState {
  return {
    phase: "idle",
    id: "",
    lang: "",
    member: null,
    captions: [],
    latencies: {},
    spans: [],
    cuts: [],
    gaps: [],
    intent: "",
    slots: [],
    rule: "",
    brief: "",
    handoff: null,
    transfer: null,
    ended: null,
    failure: null,
    muted: false,
    weak: false,
    keys: "",
    began: null,
    length: 0,
    nextId: 1,
  };
}

/** reduce returns the state after an action. It never changes the one before. */
export function reduce(state: CallState, action: Action): CallState {
  switch (action.do) {
    case "dial":
      return { ...initial(), phase: "asking" };
    case "offer":
      return { ...state, phase: "ringing" };
    case "answered":
      return state.phase === "ended" ? state : { ...state, phase: "connected", began: state.began ?? action.now };
    case "message":
      return receive(state, action.message, action.now);
    case "failed":
      return fail(state, action.failure, action.now);
    case "closed":
      return state.phase === "ended" ? state : end(state, { disposition: "hung_up", by: "caller" }, action.now);
    case "mute":
      return { ...state, muted: action.on };
    case "weak":
      return stalled(state, action.on, action.on ? (action.since ?? action.now) : action.now);
    case "key":
      return { ...state, keys: (state.keys + action.key).slice(-24) };
    case "reset":
      return initial();
  }
}

/** fold returns a call as the events of its journal tell it. */
export function fold(messages: Iterable<Message>): CallState {
  let state = initial();
  for (const message of messages) state = receive(state, message, 0);

  return state;
}

// A line of a transcript: what one party said in one turn.
export interface Line {
  at: number;
  party: Party;
  turn: number;
  text: string;
  cut: boolean; // interrupted: the text is what was heard
}

/** joined returns a running call as its transcript so far tells it; a turn's lines are one. */
export function joined(lines: readonly Line[]): CallState {
  let state: CallState = { ...initial(), phase: "connected" };
  for (const line of lines) {
    const last = state.captions.at(-1);
    const goesOn = line.party === "agent" && last?.party === "agent" && last.turn === line.turn;
    const before = goesOn ? state.captions.slice(0, -1) : state.captions;
    const clauses = goesOn ? [...last.clauses, line.text] : [line.text];
    const entry: Omit<Caption, "id"> = { party: line.party, turn: line.turn, clauses, final: true, at: line.at, told: true };
    if (line.cut) entry.heard = words(clauses);
    state = append({ ...state, captions: before, length: Math.max(state.length, line.at) }, entry);
  }

  return state;
}

/** callTime returns the call time of a moment on the page's clock. */
export function callTime(state: CallState, now: number): number {
  if (state.began === null || state.phase === "ended") return state.length;

  return Math.max(state.length, now - state.began);
}

/** words joins the clauses of a caption as its language writes them. */
export function words(clauses: readonly string[]): string {
  let joined = "";
  for (const clause of clauses) {
    if (!clause) continue;
    const wide = joined === "" || /[\u2e80-\u9fff\uff00-\uffef\u3000-\u303f]$/.test(joined);
    joined += (wide ? "" : " ") + clause.trim();
  }

  return joined;
}

/** unheard splits what the agent said into what was heard and what was not. */
export function unheard(caption: Caption): [heard: string, rest: string] {
  const said = words(caption.clauses);
  if (caption.heard === undefined) return [said, ""];
  const heard = caption.heard.trim();
  if (heard === "") return ["", said];
  if (said.startsWith(heard)) return wholeWords(heard, said.slice(heard.length));

  return [said, ""]; // worded otherwise for the voice: cannot be told apart
}

// wholeWords moves a word that was cut in two to what was not heard.
function wholeWords(heard: string, rest: string): [string, string] {
  if (!/[a-z0-9]$/i.test(heard) || !/^[a-z0-9]/i.test(rest)) return [heard, rest];
  const whole = heard.replace(/\s*[^\s]*$/, "");

  return [whole, heard.slice(whole.length) + rest];
}

function receive(before: CallState, message: Message, now: number): CallState {
  const state = timed(before, message, now);
  switch (message.type) {
    case "started":
      return { ...state, id: message.call, lang: message.lang ?? "", phase: state.phase === "ended" ? "ended" : "connected" };
    case "member":
      return { ...state, member: message.member };
    case "speech":
      return { ...state, spans: sound(state.spans, message.party, message.on, message.at) };
    case "caption":
      return caption(state, message);
    case "interrupted":
      return interrupted(state, message);
    case "understood":
      return { ...state, intent: message.intent || state.intent, slots: merged(state.slots, message.slots), rule: message.rule ?? state.rule };
    case "latency":
      return { ...state, latencies: { ...state.latencies, [message.turn]: message } };
    case "handoff":
      return handoff(state, message, now);
    case "transfer":
      return { ...state, transfer: { state: message.state, error: message.error ?? "" } };
    case "notice":
      return message.text === "" ? state : append(state, { party: "notice", turn: 0, clauses: [message.text], final: true, at: state.length });
    case "ended":
      if (state.ended !== null) return state; // the first word on it stands
      return end(state, { disposition: message.disposition, by: message.by ?? "" }, now);
    case "error":
      return { ...state, failure: { code: "fault", detail: message.error } };
  }
}

// timed moves the call's clock. The network only ever delays a message, so the
// earliest beginning that any message tells is the nearest to the truth.
function timed(state: CallState, message: Message, now: number): CallState {
  if (!("at" in message) || message.at === undefined) return state;
  const began = now - message.at;

  return {
    ...state,
    length: Math.max(state.length, message.at),
    began: message.type === "started" || state.began === null ? began : Math.min(state.began, began),
  };
}

function sound(spans: Span[], party: Party, on: boolean, at: number): Span[] {
  const open = spans.findLastIndex((span) => span.party === party && span.to === undefined);
  if (on) return open >= 0 ? spans : [...spans, { party, from: at }];
  if (open < 0) return spans;

  return spans.map((span, i) => (i === open ? { ...span, to: Math.max(at, span.from) } : span));
}

// stalled opens or closes a gap at a moment of the page's clock.
function stalled(state: CallState, on: boolean, moment: number): CallState {
  if (state.weak === on || state.phase === "ended") return state;
  if (state.phase !== "connected" || state.began === null) return { ...state, weak: on };
  const last = state.gaps.at(-1);
  const at = Math.max(0, moment - state.began);
  if (on) return { ...state, weak: on, gaps: [...state.gaps, { from: Math.max(at, last?.to ?? 0) }] };

  return { ...state, weak: on, gaps: shut(state.gaps, at) };
}

function shut<S extends Gap>(list: readonly S[], at: number): S[] {
  return list.map((one) => (one.to === undefined ? { ...one, to: Math.max(at, one.from) } : one));
}

function append(state: CallState, entry: Omit<Caption, "id">): CallState {
  return { ...state, nextId: state.nextId + 1, captions: [...state.captions, { id: state.nextId, ...entry }] };
}

function caption(state: CallState, message: Message & { type: "caption" }): CallState {
  const { party, turn, text, final, clause } = message;
  const index = state.captions.findLastIndex((entry) => entry.party === party && entry.turn === turn);
  const entry = state.captions[index];
  const isClause = party === "agent" && clause !== undefined;
  if (entry?.told) return retold(state, index, entry, text);

  // A turn that was final takes no more words; only an agent's turn grows on.
  if (entry === undefined || (entry.final && !isClause)) {
    if (text === "" || words(entry?.clauses ?? []) === text) return state;
    const clauses = isClause ? placed([], clause, text) : [text];

    return append(state, { party, turn, clauses, final, at: message.at ?? state.length });
  }

  // The recogniser took its words back: a cough, say.
  if (text === "" && !isClause) {
    return final ? { ...state, captions: state.captions.filter((_, i) => i !== index) } : state;
  }

  const clauses = isClause ? placed(entry.clauses, clause, text) : [text];
  const next: Caption = { ...entry, clauses, final: final || (isClause && entry.final) };

  return { ...state, captions: state.captions.map((old, i) => (i === index ? next : old)) };
}

// A page that joins a call late has a transcript, and may be told its end again.
function retold(state: CallState, index: number, entry: Caption, text: string): CallState {
  if (words(entry.clauses).includes(text.trim())) return state;
  const next = { ...entry, clauses: [...entry.clauses, text] };

  return { ...state, captions: state.captions.map((old, i) => (i === index ? next : old)) };
}

function placed(clauses: readonly string[], at: number, text: string): string[] {
  const next = [...clauses];
  while (next.length < at) next.push("");
  next[at] = text;

  return next;
}

function interrupted(state: CallState, message: Message & { type: "interrupted" }): CallState {
  const index = state.captions.findLastIndex((entry) => entry.party === "agent" && entry.turn === message.turn);
  const heard = message.heard ?? "";

  return {
    ...state,
    cuts: [...state.cuts, { turn: message.turn, at: message.at }],
    captions: state.captions.map((entry, i) => (i === index ? { ...entry, heard } : entry)),
  };
}

/** merged returns slots with those found since; a later value stands. */
export function merged(before: Slot[], found: Slot[]): Slot[] {
  const slots = before.map((slot) => found.findLast((other) => other.name === slot.name) ?? slot);

  return [...slots, ...found.filter((slot) => !before.some((other) => other.name === slot.name))];
}

function handoff(state: CallState, message: Message & { type: "handoff" }, now: number): CallState {
  const same = state.handoff?.state === message.state;
  const next: Handoff = {
    state: message.state,
    reason: message.reason || state.handoff?.reason || "",
    since: same && state.handoff ? state.handoff.since : now - (message.state === "waiting" ? (message.waited_ms ?? 0) : 0),
  };
  if (message.waited_ms !== undefined) next.waited = message.waited_ms;

  return { ...state, handoff: next, brief: message.text ?? state.brief, slots: merged(state.slots, message.slots ?? []) };
}

function end(state: CallState, ended: Ended, now: number): CallState {
  const length = callTime(state, now);

  return {
    ...state,
    phase: "ended",
    ended,
    length,
    weak: false,
    spans: shut(state.spans, length),
    gaps: shut(state.gaps, length),
    captions: state.captions.map((entry) => (entry.final ? entry : { ...entry, final: true })),
  };
}

function fail(state: CallState, failure: Failure, now: number): CallState {
  if (state.phase === "ended") return state;
  if (state.phase !== "connected") return { ...state, phase: "idle", failure };

  return { ...end(state, { disposition: "disconnected", by: "" }, now), failure };
}
