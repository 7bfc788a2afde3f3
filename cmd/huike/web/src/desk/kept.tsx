// The calls that were kept: listed, played, read, deleted.

import { useEffect, useRef, useState } from "preact/hooks";
import { Captions } from "../captions";
import { Legend, VoicePicture } from "../picture";
import { clock } from "../timeline";
import type { Lang, Words } from "../words";
import type { DeskState, Kept } from "./desk";
import type { Working } from "./working";

interface Props {
  working: Working;
  state: DeskState;
  words: Words;
  lang: Lang;
}

/** KeptCalls lists the kept calls, newest first. */
export function KeptCalls({ working, state, words, lang }: Props) {
  const calls = state.calls ?? [];

  return (
    <section id="calls" data-testid="calls" class="card kept" aria-label={words.calls}>
      <div class="head">
        <h2>{words.calls}</h2>
        <button id="refresh" type="button" class="small" onClick={() => void Promise.all([working.calls(), working.callbacks()])}>
          {words.refresh}
        </button>
      </div>
      {state.calls !== null && calls.length === 0 ? <p class="quiet">{words.callsEmpty}</p> : null}
      <ul>
        {calls.map((one) => (
          <Row key={one.call} one={one} working={working} state={state} words={words} lang={lang} />
        ))}
      </ul>
    </section>
  );
}

function Row({ one, working, state, words, lang }: Props & { one: Kept }) {
  const [asking, setAsking] = useState(false);
  const open = state.opened?.call === one.call;
  const when = one.began === 0 ? "" : new Date(one.began).toLocaleString(words.htmlLang, { dateStyle: "medium", timeStyle: "short" });
  const ticket = state.queue.find((ticket) => ticket.call === one.call);
  const name = one.name || ticket?.profile?.[lang] || (one.live ? "" : words.unknown); // a running call is not summed up yet

  return (
    <li data-call={one.call} data-disposition={one.disposition} data-live={one.live} class={open ? "opened" : ""}>
      <div class="row">
        <time>{when}</time>
        <span class="party">
          {name} <small>{one.caller}</small>
        </span>
        <span class="length">{one.live ? "" : clock(one.duration)}</span>
        <span class="outcome">
          {outcomeOf(one, words)}
          {one.handoff ? <small> {words.reasons[one.handoff] ?? one.handoff}</small> : null}
        </span>
        <span class="figures">{one.latency > 0 ? <small title={words.latencyTitle}>{words.latency(one.latency)}</small> : null}</span>
        <span class="buttons">
          <button type="button" class="small open-call" aria-expanded={open} onClick={() => (open ? working.dispatch({ do: "shut" }) : void working.open(one.call))}>
            {open ? words.close : words.open}
          </button>
          <button type="button" class="small delete" disabled={one.live} onClick={() => setAsking(true)}>
            {words.delete}
          </button>
        </span>
      </div>
      {asking ? <Confirm words={words} onNo={() => setAsking(false)} onYes={() => void working.remove(one.call)} /> : null}
      {open ? <Opened one={one} working={working} state={state} words={words} lang={lang} /> : null}
    </li>
  );
}

/** outcomeOf says how a call ended, or that it has not. */
export function outcomeOf(one: Kept, words: Words): string {
  if (one.live) return words.running;
  if (one.disposition === "" || one.broken) return words.brokenOff;

  return words.dispositions[one.disposition] ?? one.disposition;
}

// The least destructive answer has the focus, and Escape gives it.
function Confirm({ words, onYes, onNo }: { words: Words; onYes: () => void; onNo: () => void }) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => ref.current?.showModal(), []);

  return (
    <dialog ref={ref} class="card" onClose={onNo} aria-labelledby="confirm-text">
      <p id="confirm-text">{words.deleteAsk}</p>
      <form method="dialog" class="actions">
        <button type="submit">
          {words.cancel}
        </button>
        <button id="delete-yes" type="button" class="danger" onClick={onYes}>
          {words.deleteYes}
        </button>
      </form>
    </dialog>
  );
}

function Opened({ one, working, state, words }: Props & { one: Kept }) {
  const player = useRef<HTMLAudioElement>(null);
  const call = state.opened?.state;
  const fault = state.opened?.fault ?? "";
  if (call === undefined) return null;
  const seek = (at: number) => {
    if (player.current === null) return;
    player.current.currentTime = at / 1000;
    void player.current.play().catch(() => undefined);
  };

  return (
    <div class="inside">
      <div class="head">
        <h2>{words.timeline}</h2>
        <Legend words={words} view="desk" />
      </div>
      <VoicePicture words={words} state={() => call} playhead={() => (player.current === null ? null : player.current.currentTime * 1000)} {...(one.recording ? { onSeek: seek } : {})} />
      {fault === "" ? null : (
        <p class="problem" role="alert" data-fault={fault}>
          {words.recordingFaults[fault] ?? fault}
        </p>
      )}
      {one.recording && fault !== "foreign" ? (
        <audio ref={player} controls preload="metadata" src={working.recording(one.call)} aria-label={words.recording} />
      ) : one.recording ? null : (
        <p class="quiet">{words.noRecording}</p>
      )}
      <Captions id="kept-transcript" words={words} state={call} view="desk" still empty={<p class="quiet">{words.captionsEmpty}</p>} />
    </div>
  );
}
