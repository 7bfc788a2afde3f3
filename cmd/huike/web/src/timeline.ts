// The picture of the two voices over time, as numbers: which block stands where.
// The drawing is in picture.tsx.

import type { Cut, Gap, Span } from "./call";
import type { Party } from "./wire";

export interface Window {
  from: number; // call time, ms
  to: number;
}

export type Lane = 0 | 1; // above the caller, below whoever answers

export interface Block {
  party: Party;
  lane: Lane;
  x: number; // 0 to 1 of the window
  width: number;
}

export interface Mark {
  x: number;
  at: number;
}

/** Hole is a time without a connection: what was said in it, nobody heard. */
export interface Hole {
  x: number;
  width: number;
}

export interface Tick {
  x: number;
  label: string;
}

export interface Picture {
  blocks: Block[];
  cuts: Mark[];
  holes: Hole[];
  ticks: Tick[];
}

/** live is how much of a running call the picture shows at once. */
export const live = 30_000; // ms

/** windowOf returns what part of a call is shown: its newest half minute while it runs, all of it after. */
export function windowOf(now: number, ended: boolean): Window {
  if (ended) return { from: 0, to: Math.max(now, 1000) };
  const to = Math.max(now, live);

  return { from: to - live, to };
}

/** What of a call can be drawn. */
export interface Drawn {
  spans: readonly Span[];
  cuts: readonly Cut[];
  gaps?: readonly Gap[];
}

/** pictureOf lays out a call in a window. Sound that goes on lasts until now; none is in a gap. */
export function pictureOf({ spans, cuts, gaps = [] }: Drawn, window: Window, now: number): Picture {
  const length = window.to - window.from;
  const place = (at: number) => (at - window.from) / length;
  const blocks: Block[] = [];
  for (const span of spans) {
    for (const part of outside(span, gaps, now)) {
      const from = Math.max(part.from, window.from);
      const to = Math.min(part.to, window.to);
      if (to < window.from || from > window.to) continue;
      blocks.push({ party: span.party, lane: span.party === "caller" ? 0 : 1, x: place(from), width: (to - from) / length });
    }
  }

  return {
    blocks,
    holes: gaps
      .map((gap) => ({ from: Math.max(gap.from, window.from), to: Math.min(gap.to ?? now, window.to) }))
      .filter((gap) => gap.to > gap.from)
      .map((gap) => ({ x: place(gap.from), width: (gap.to - gap.from) / length })),
    cuts: cuts.filter((cut) => cut.at >= window.from && cut.at <= window.to).map((cut) => ({ x: place(cut.at), at: cut.at })),
    ticks: ticksOf(window, place),
  };
}

// outside returns the parts of a span that are in no gap.
function outside(span: Span, gaps: readonly Gap[], now: number): { from: number; to: number }[] {
  let parts = [{ from: span.from, to: span.to ?? Math.max(now, span.from) }];
  for (const gap of gaps) {
    const to = gap.to ?? Infinity;
    parts = parts.flatMap((part) => {
      if (gap.from >= part.to || to <= part.from) return [part];

      return [{ from: part.from, to: gap.from }, { from: to, to: part.to }].filter((rest) => rest.to > rest.from);
    });
  }

  return parts;
}

/** lacking returns for how long a call had no connection up to now, in milliseconds. */
export function lacking(gaps: readonly Gap[], now: number): number {
  return gaps.reduce((sum, gap) => sum + Math.max(0, (gap.to ?? now) - gap.from), 0);
}

const steps = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600]; // s

function ticksOf(window: Window, place: (at: number) => number): Tick[] {
  const length = window.to - window.from;
  const step = (steps.find((s) => length / (s * 1000) <= 8) ?? 3600) * 1000;
  const ticks: Tick[] = [];
  for (let at = Math.ceil(window.from / step) * step; at <= window.to; at += step) {
    ticks.push({ x: place(at), label: clock(at) });
  }

  return ticks;
}

/** clock writes a length of time as minutes and seconds. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));

  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** spoken returns how long each party sounded up to now, in milliseconds. */
export function spoken(spans: readonly Span[], now: number): Record<Party, number> {
  const sums: Record<Party, number> = { caller: 0, agent: 0, human: 0 };
  for (const span of spans) sums[span.party] += Math.max(0, (span.to ?? now) - span.from);

  return sums;
}

// Loudness of the two lanes, as it was heard on this page.
export interface Level {
  at: number; // call time, ms
  caller: number; // 0 to 1
  answer: number;
}

/** Levels keeps the loudness of a call, the oldest given up first. */
export class Levels {
  private readonly kept: Level[] = [];

  /** capacity at one level each 50 ms is a call of two hours. */
  constructor(private readonly capacity = 144_000) {}

  push(level: Level): void {
    const last = this.kept.at(-1);
    if (last !== undefined && level.at <= last.at) return; // the clock was set back
    if (this.kept.length >= this.capacity) this.kept.splice(0, this.capacity / 10);
    this.kept.push(level);
  }

  clear(): void {
    this.kept.length = 0;
  }

  get empty(): boolean {
    return this.kept.length === 0;
  }

  /** bars returns the loudest level in each of n equal parts of a window. */
  bars(window: Window, n: number): { caller: Float32Array; answer: Float32Array } {
    const caller = new Float32Array(n);
    const answer = new Float32Array(n);
    const width = (window.to - window.from) / n;
    for (let i = this.first(window.from); i < this.kept.length; i++) {
      const level = this.kept[i] as Level;
      if (level.at >= window.to) break;
      const bar = Math.floor((level.at - window.from) / width);
      caller[bar] = Math.max(caller[bar] ?? 0, level.caller);
      answer[bar] = Math.max(answer[bar] ?? 0, level.answer);
    }

    return { caller, answer };
  }

  // first returns the index of the first level at or after a call time.
  private first(at: number): number {
    let low = 0;
    let high = this.kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.kept[middle] as Level).at < at) low = middle + 1;
      else high = middle;
    }

    return low;
  }
}
