// The two voices over time, drawn: the caller above the line, whoever answers
// below it.

import { useEffect, useRef } from "preact/hooks";
import { callTime, type CallState } from "./call";
import { clock, lacking, pictureOf, spoken, windowOf, type Levels, type Picture, type Window } from "./timeline";
import { nameOf, type View, type Words } from "./words";

interface Colours {
  caller: string;
  agent: string;
  human: string;
  cut: string;
  line: string;
  faint: string;
  sunk: string;
  text: string;
}

interface Canvas {
  pen: CanvasRenderingContext2D;
  width: number; // CSS pixels
  height: number;
  colours: Colours;
}

const bottom = 18; // px below the lanes, for the time
const bar = 3; // px from one loudness bar to the next

export interface Props {
  id?: string;
  words: Words;
  state: () => CallState; // asked for at each drawing
  levels?: Levels; // how loud the voices were, where this page heard them
  playhead?: () => number | null; // call time
  onSeek?: (at: number) => void;
}

/** VoicePicture draws a call, and goes on drawing while it runs. */
export function VoicePicture({ id, words, state, levels, playhead, onSeek }: Props) {
  const ref = useRef<HTMLCanvasElement>(null);
  const props = useRef({ words, state, levels, playhead });
  props.current = { words, state, levels, playhead };

  useEffect(() => {
    const canvas = ref.current;
    if (canvas === null) return undefined;
    const slow = matchMedia("(prefers-reduced-motion: reduce)");
    let frame = 0;
    let drawn = 0;
    const draw = (now: number) => {
      frame = requestAnimationFrame(draw);
      if (slow.matches && now - drawn < 500) return;
      drawn = now;
      const { words: told, state: read, levels: loud, playhead: head } = props.current;
      paint(canvas, told, read(), now, loud, head?.() ?? null);
    };
    frame = requestAnimationFrame(draw);

    return () => cancelAnimationFrame(frame);
  }, []);

  const call = state();
  const sums = spoken(call.spans, call.length);
  const summary = words.timelineSummary(clock(sums.caller), clock(sums.agent + sums.human), call.cuts.length);
  const lost = call.gaps.length === 0 ? "" : ` ${words.noConnectionFor(clock(lacking(call.gaps, callTime(call, performance.now()))))}`;
  const seek = (event: MouseEvent) => {
    const canvas = ref.current;
    if (canvas === null || onSeek === undefined) return;
    const box = canvas.getBoundingClientRect();
    onSeek(((event.clientX - box.left) / box.width) * windowOf(state().length, true).to);
  };

  return <canvas id={id} ref={ref} class={"picture" + (onSeek ? " seekable" : "")} role="img" data-gaps={call.gaps.length} aria-label={`${words.timeline}: ${summary}${lost}`} onClick={seek} />;
}

/** Legend says which colour is whose. */
export function Legend({ words, view = "caller", gaps }: { words: Words; view?: View; gaps?: boolean }) {
  return (
    <ul class="legend" aria-hidden="true">
      <li class="caller">{nameOf(words, "caller", view)}</li>
      <li class="agent">{nameOf(words, "agent", view)}</li>
      <li class="human">{nameOf(words, "human", view)}</li>
      <li class="cut">{words.interrupted}</li>
      {gaps ? <li class="gap">{words.noConnection}</li> : null}
    </ul>
  );
}

function paint(element: HTMLCanvasElement, words: Words, call: CallState, now: number, levels: Levels | undefined, playhead: number | null): void {
  const canvas = prepare(element);
  if (canvas === null) return;
  const at = callTime(call, now);
  const window = windowOf(at, call.phase === "ended");
  const picture = pictureOf(call, window, at);
  const { pen, width, height, colours } = canvas;
  const middle = (height - bottom) / 2;

  pen.clearRect(0, 0, width, height);
  ticks(canvas, picture, middle);
  if (levels === undefined || levels.empty) blocks(canvas, picture, middle);
  else bars(canvas, picture, window, levels, middle);
  holes(canvas, picture, words.noConnection);
  cuts(canvas, picture);

  const mark = playhead ?? (call.phase === "connected" ? at : null);
  if (mark !== null) {
    pen.fillStyle = colours.text;
    pen.fillRect(((mark - window.from) / (window.to - window.from)) * width - 0.75, 0, 1.5, height - bottom);
  }
}

function prepare(element: HTMLCanvasElement): Canvas | null {
  const pen = element.getContext("2d");
  const { clientWidth: width, clientHeight: height } = element;
  if (pen === null || width === 0) return null;
  const ratio = devicePixelRatio || 1;
  if (element.width !== Math.round(width * ratio) || element.height !== Math.round(height * ratio)) {
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
  }
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);

  return { pen, width, height, colours: coloursOf(element) };
}

// The style sheet owns the colours, so that dark mode changes them too.
function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const read = (name: string) => style.getPropertyValue(name).trim();

  return {
    caller: read("--caller"),
    agent: read("--agent"),
    human: read("--human"),
    cut: read("--cut"),
    line: read("--line"),
    faint: read("--faint"),
    sunk: read("--sunk"),
    text: read("--ink-2"),
  };
}

function ticks({ pen, width, height, colours }: Canvas, picture: Picture, middle: number): void {
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "alphabetic";
  for (const tick of picture.ticks) {
    const x = tick.x * width;
    pen.fillStyle = colours.line;
    pen.fillRect(x, 0, 1, height - bottom);
    pen.fillStyle = colours.text;
    const half = pen.measureText(tick.label).width / 2;
    pen.fillText(tick.label, Math.min(Math.max(x - half, 0), width - 2 * half), height - 4);
  }
  pen.fillStyle = colours.line;
  pen.fillRect(0, middle - 0.5, width, 1);
}

function blocks({ pen, width, colours }: Canvas, picture: Picture, middle: number): void {
  for (const block of picture.blocks) {
    pen.fillStyle = colours[block.party];
    pen.beginPath();
    const top = block.lane === 0 ? middle * 0.3 : middle + middle * 0.1;
    pen.roundRect(block.x * width, top, Math.max(2, block.width * width), middle * 0.6, 4);
    pen.fill();
  }
}

// Loudness as bars that grow from the middle line: coloured where the server
// took them for speech, faint where it did not.
function bars(canvas: Canvas, picture: Picture, window: Window, levels: Levels, middle: number): void {
  const { pen, width, colours } = canvas;
  const n = Math.max(1, Math.floor(width / bar));
  const loud = levels.bars(window, n);
  const colour = [new Array<string>(n).fill(colours.faint), new Array<string>(n).fill(colours.faint)] as const;
  const least = [new Float32Array(n), new Float32Array(n)] as const;
  for (const block of picture.blocks) {
    const to = Math.min(n - 1, Math.floor((block.x + block.width) * n));
    for (let i = Math.max(0, Math.floor(block.x * n)); i <= to; i++) {
      colour[block.lane][i] = colours[block.party];
      least[block.lane][i] = 0.12; // speech is seen even where this page heard none
    }
  }
  for (let i = 0; i < n; i++) {
    const up = Math.max(loud.caller[i] ?? 0, least[0][i] ?? 0) * (middle - 3);
    const down = Math.max(loud.answer[i] ?? 0, least[1][i] ?? 0) * (middle - 3);
    pen.fillStyle = colour[0][i] ?? colours.faint;
    if (up > 0.5) pen.fillRect((i * width) / n, middle - 1 - up, bar - 1, up);
    pen.fillStyle = colour[1][i] ?? colours.faint;
    if (down > 0.5) pen.fillRect((i * width) / n, middle + 1, bar - 1, down);
  }
}

// A time without a connection: grey, hatched, and said in words where they fit.
function holes({ pen, width, height, colours }: Canvas, picture: Picture, words: string): void {
  const low = height - bottom;
  for (const hole of picture.holes) {
    const x = hole.x * width;
    const wide = Math.max(2, hole.width * width);
    pen.save();
    pen.beginPath();
    pen.rect(x, 0, wide, low);
    pen.clip();
    pen.fillStyle = colours.sunk;
    pen.fillRect(x, 0, wide, low);
    pen.strokeStyle = colours.faint;
    pen.lineWidth = 2;
    pen.beginPath();
    for (let from = Math.floor((x - low) / 10) * 10; from < x + wide; from += 10) {
      pen.moveTo(from, low);
      pen.lineTo(from + low, 0);
    }
    pen.stroke();
    label(pen, words, { x, wide, low }, colours);
    pen.restore();
  }
}

function label(pen: CanvasRenderingContext2D, words: string, { x, wide, low }: { x: number; wide: number; low: number }, colours: Colours): void {
  pen.font = "600 12px system-ui, sans-serif";
  const long = pen.measureText(words).width;
  if (long + 16 > wide) return;
  const left = x + (wide - long) / 2;
  pen.fillStyle = colours.sunk;
  pen.fillRect(left - 6, low / 2 - 10, long + 12, 20);
  pen.fillStyle = colours.text;
  pen.textBaseline = "middle";
  pen.fillText(words, left, low / 2 + 1);
}

function cuts({ pen, width, height, colours }: Canvas, picture: Picture): void {
  for (const cut of picture.cuts) {
    const x = cut.x * width;
    pen.fillStyle = colours.cut;
    pen.fillRect(x - 1, 0, 2, height - bottom);
    pen.beginPath();
    pen.moveTo(x - 6, 0);
    pen.lineTo(x + 6, 0);
    pen.lineTo(x, 9);
    pen.fill();
  }
}
