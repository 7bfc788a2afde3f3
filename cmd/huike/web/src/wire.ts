// The messages that a call sends to its page: the same JSON that the journal
// keeps. `at` is call time, in milliseconds since the call began.

export type Party = "caller" | "agent" | "human";

export interface Member {
  name?: string;
  tier?: string;
  phone?: string; // masked by the server
  points?: number;
  last_purchase?: string;
}

export interface Slot {
  name: string;
  value: string;
}

// Where the time of one answer went, in milliseconds.
export interface Latency {
  turn: number;
  ms: number;
  endpointing?: number;
  recognition?: number;
  dialog?: number;
  synthesis?: number;
  playout?: number;
}

export type HandoffState = "waiting" | "taken" | "returned" | "nobody" | "cancelled";

export type TransferState = "asked" | "done" | "refused";

export type Message =
  | { type: "started"; call: string; lang?: string; at?: number }
  | { type: "member"; member: Member }
  | { type: "speech"; party: Party; on: boolean; at: number }
  | { type: "caption"; party: Party; turn: number; text: string; final: boolean; clause?: number; at?: number }
  | { type: "interrupted"; turn: number; heard?: string; at: number }
  | { type: "understood"; turn: number; intent?: string; score?: number; slots: Slot[]; rule?: string }
  | ({ type: "latency" } & Latency)
  | { type: "handoff"; state: HandoffState; reason?: string; waited_ms?: number; text?: string; slots?: Slot[] }
  | { type: "transfer"; state: TransferState; error?: string }
  | { type: "notice"; text: string }
  | { type: "ended"; disposition: string; by?: string; at?: number }
  | { type: "error"; error: string };

// What a page sends to its call.
export type Request =
  | { type: "key"; key: string }
  | { type: "text"; text: string }
  | { type: "mute"; on: boolean }
  | { type: "hangup" };

type Fields = Record<string, unknown>;

const parties: readonly string[] = ["caller", "agent", "human"];
const transfers: readonly string[] = ["asked", "done", "refused"];
const handoffs: readonly string[] = ["waiting", "taken", "returned", "nobody", "cancelled"];

/** fields returns a value as an object to look into; an empty one if it is none. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** text returns a value that is a string, or undefined. */
export function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** number returns a value that is a finite number, or undefined. */
export function number(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** slotsOf reads slots that came as a list of name and value, or as a map. */
export function slotsOf(value: unknown): Slot[] {
  if (Array.isArray(value)) {
    return value
      .map(fields)
      .map((slot) => ({ name: text(slot["name"]) ?? "", value: text(slot["value"]) ?? "" }))
      .filter((slot) => slot.name !== "");
  }

  return Object.entries(fields(value))
    .filter((entry): entry is [string, string] => typeof entry[1] === "string")
    .map(([name, slot]) => ({ name, value: slot }));
}

/** memberOf reads what may be shown of a member. */
export function memberOf(value: unknown): Member {
  const from = fields(value);
  const member: Member = {};
  const name = text(from["name"]);
  if (name !== undefined) member.name = name;
  const tier = text(from["tier"]);
  if (tier !== undefined) member.tier = tier;
  const phone = text(from["phone"]);
  if (phone !== undefined) member.phone = phone;
  const points = number(from["points"]);
  if (points !== undefined) member.points = points;
  const last = text(from["last_purchase"]);
  if (last !== undefined) member.last_purchase = last;

  return member;
}

/** parse reads one message; undefined if it is none that a page knows. */
export function parse(raw: string): Message | undefined {
  try {
    return messageOf(JSON.parse(raw));
  } catch {
    return undefined;
  }
}

/** messageOf reads a message, or a journal's event, that is JSON no more. */
export function messageOf(value: unknown): Message | undefined {
  const from = fields(value);
  const at = number(from["at"]) ?? 0; // omitted by the server when it is zero
  const turn = number(from["turn"]) ?? 0;
  const party = text(from["party"]);

  switch (from["type"]) {
    case "started":
      return { type: "started", call: text(from["call"]) ?? "", lang: text(from["lang"]) ?? "", at };
    case "member":
      return { type: "member", member: memberOf(from["member"]) };
    case "speech":
      return isParty(party) ? { type: "speech", party, on: from["on"] === true, at } : undefined;
    case "caption":
      return isParty(party) ? captionOf(from, party, turn, at) : undefined;
    case "interrupted":
      return { type: "interrupted", turn, heard: text(from["heard"]) ?? "", at };
    case "understood":
      return { type: "understood", turn, intent: text(from["intent"]) ?? "", slots: slotsOf(from["slots"]), ...(text(from["rule"]) ? { rule: text(from["rule"]) ?? "" } : {}) };
    case "latency":
      return latencyOf(from, turn);
    case "handoff":
      return handoffOf(from);
    case "transfer":
      return transferOf(from);
    case "notice":
      return { type: "notice", text: text(from["text"]) ?? "" };
    case "ended":
      return { type: "ended", disposition: text(from["disposition"]) ?? "", by: text(from["by"]) ?? "", at };
    case "error":
      return { type: "error", error: text(from["error"]) ?? "" };
    default:
      return undefined;
  }
}

function isParty(value: string | undefined): value is Party {
  return value !== undefined && parties.includes(value);
}

function captionOf(from: Fields, party: Party, turn: number, at: number): Message {
  const caption: Message = { type: "caption", party, turn, text: text(from["text"]) ?? "", final: from["final"] === true, at };
  const clause = number(from["clause"]);
  if (clause !== undefined) caption.clause = clause;

  return caption;
}

function latencyOf(from: Fields, turn: number): Message {
  const latency: Message = { type: "latency", turn, ms: number(from["ms"]) ?? 0 };
  for (const part of ["endpointing", "recognition", "dialog", "synthesis", "playout"] as const) {
    const ms = number(from[part]);
    if (ms !== undefined) latency[part] = ms;
  }

  return latency;
}

function transferOf(from: Fields): Message | undefined {
  const state = text(from["state"]);
  if (state === undefined || !transfers.includes(state)) return undefined;

  return { type: "transfer", state: state as TransferState, error: text(from["error"]) ?? "" };
}

function handoffOf(from: Fields): Message | undefined {
  const state = text(from["state"]);
  if (state === undefined || !handoffs.includes(state)) return undefined;
  const handoff: Message = { type: "handoff", state: state as HandoffState, reason: text(from["reason"]) ?? "" };
  const waited = number(from["waited_ms"]);
  if (waited !== undefined) handoff.waited_ms = waited;
  const told = text(from["text"]); // what has come to be known since
  if (told !== undefined) Object.assign(handoff, { text: told, slots: slotsOf(from["slots"]) });

  return handoff;
}
