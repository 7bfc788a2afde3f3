// The buttons of a call.

import { useEffect, useRef } from "preact/hooks";
import type { CallState } from "../call";
import { clock } from "../timeline";
import { useNow } from "../store";
import type { Words } from "../words";
import type { Calling } from "./calling";

/** statusOf returns which of the words for a call's state fits. */
export function statusOf(state: CallState): keyof Words["status"] {
  if (state.phase !== "connected") return state.phase;
  if (state.weak) return "weak";
  if (state.handoff?.state === "waiting") return "waiting";
  if (state.handoff?.state === "taken") return "person";

  return "connected";
}

/** StatusLine says where the call stands and for how long. */
export function StatusLine({ state, words }: { state: CallState; words: Words }) {
  const now = useNow(state.phase === "connected", 500);
  const status = statusOf(state);
  let time = "";
  if (status === "waiting" || status === "person") time = clock(now - (state.handoff?.since ?? now));
  else if (state.phase === "connected" && state.began !== null) time = clock(now - state.began);
  else if (state.phase === "ended") time = clock(state.length);

  return (
    <div id="status" data-testid="status" class={`status ${status}`} data-status={status} data-disposition={state.ended?.disposition}>
      <p role="status">
        <i aria-hidden="true" />
        {words.status[status]}
      </p>
      <time>{time}</time>
      {state.ended ? (
        <p class="how">
          {words.dispositions[state.ended.disposition] ?? state.ended.disposition} <span>{words.by[state.ended.by] ?? ""}</span>
        </p>
      ) : null}
      {state.phase === "connected" && state.handoff?.state === "nobody" ? <p class="how">{words.nobody}</p> : null}
      {state.phase === "connected" && state.handoff?.state === "returned" ? <p class="how">{words.returned}</p> : null}
    </div>
  );
}

/** Controls are call, mute and hang up. */
export function Controls({ calling, state, words, onCall }: { calling: Calling; state: CallState; words: Words; onCall: () => void }) {
  const busy = state.phase === "asking" || state.phase === "ringing" || state.phase === "connected";

  return (
    <div class="controls">
      <button id="call" data-testid="call" type="button" class="call" hidden={busy} onClick={onCall}>
        <Phone /> {state.phase === "ended" ? words.callAgain : words.call}
      </button>
      <button id="mute" data-testid="mute" type="button" class="mute" hidden={!busy} disabled={state.phase !== "connected"} aria-pressed={state.muted} onClick={() => calling.mute(!state.muted)}>
        {state.muted ? words.unmute : words.mute}
      </button>
      <button id="hangup" data-testid="hangup" type="button" class="hangup" hidden={!busy} onClick={() => void calling.hangUp()}>
        <Phone /> {words.hangup}
      </button>
    </div>
  );
}

function Phone() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" class="phone">
      <path fill="currentColor" d="M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2c.3-.3.7-.4 1.1-.2 1.1.4 2.3.6 3.5.6.6 0 1 .4 1 1V20c0 .6-.4 1-1 1A17 17 0 0 1 3 4c0-.6.4-1 1-1h3.5c.6 0 1 .4 1 1 0 1.2.2 2.4.6 3.5.1.4 0 .8-.2 1z" />
    </svg>
  );
}

/** Meter shows how loud the microphone is. */
export function Meter({ calling, words, on }: { calling: Calling; words: Words; on: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!on) return undefined;
    let shown = 0;
    const timer = setInterval(() => {
      shown = Math.max(calling.near, shown * 0.8); // falls slowly, as meters do
      ref.current?.style.setProperty("--level", shown.toFixed(3));
      ref.current?.setAttribute("aria-valuenow", String(Math.round(shown * 100)));
    }, 50);

    return () => clearInterval(timer);
  }, [on]);

  return on ? (
    <div class="level">
      <span>{words.microphone}</span>
      <div ref={ref} id="level" role="meter" aria-label={words.microphone} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0}>
        <i />
      </div>
    </div>
  ) : null;
}

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const letters: Record<string, string> = { "2": "ABC", "3": "DEF", "4": "GHI", "5": "JKL", "6": "MNO", "7": "PQRS", "8": "TUV", "9": "WXYZ" };

/** Keypad sends keys, from its buttons and from the keyboard where nothing is being typed. */
export function Keypad({ calling, state, words }: { calling: Calling; state: CallState; words: Words }) {
  const ready = state.phase === "connected";
  useEffect(() => {
    if (!ready) return undefined;
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof Element && event.target.closest("input, select, textarea") !== null;
      if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey && keys.includes(event.key)) calling.key(event.key);
    };
    addEventListener("keydown", press);

    return () => removeEventListener("keydown", press);
  }, [ready]);

  return (
    <section id="keypad" data-testid="keypad" class="card keypad" aria-label={words.keypad}>
      <div class="head">
        <h2>{words.keypad}</h2>
        <output id="keys" aria-label={words.keysSent}>{state.keys}</output>
      </div>
      <div class="keys">
        {keys.map((key) => (
          <button key={key} type="button" data-key={key} disabled={!ready} onClick={() => calling.key(key)}>
            {key}
            <small aria-hidden="true">{letters[key] ?? ""}</small>
          </button>
        ))}
      </div>
    </section>
  );
}
