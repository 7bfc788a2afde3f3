// What was said, as both pages show it.

import { useEffect, useRef, useState } from "preact/hooks";
import { unheard, type Caption, type CallState } from "./call";
import type { Latency } from "./wire";
import { nameOf, type View, type Words } from "./words";

export interface Props {
  id: string;
  words: Words;
  state: CallState;
  view?: View;
  still?: boolean; // read from its beginning, nothing will be added
  empty?: preact.ComponentChildren;
}

/** Captions lists what was said, and keeps the newest in sight unless the reader scrolled away. */
export function Captions({ id, words, state, view = "caller", still, empty }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  const follow = useRef(!still);
  useEffect(() => {
    const box = ref.current;
    if (box !== null && follow.current) box.scrollTop = box.scrollHeight;
  });
  const scrolled = () => {
    const box = ref.current;
    if (box !== null) follow.current = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  };

  return (
    <div id={id} data-testid={id} class="captions" ref={ref} onScroll={scrolled} role="log" aria-live="polite" aria-relevant="additions text" aria-label={words.captions} tabIndex={0}>
      {state.captions.length === 0 ? empty : null}
      {state.captions.map((caption) => (
        <Line key={caption.id} caption={caption} words={words} latency={state.latencies[caption.turn]} view={view} />
      ))}
    </div>
  );
}

function Line({ caption, words, latency, view }: { caption: Caption; words: Words; latency: Latency | undefined; view: View }) {
  if (caption.party === "notice") return <p class="notice-line">{caption.clauses[0]}</p>;
  const [heard, rest] = unheard(caption);
  const name = nameOf(words, caption.party, view);
  // Words that may change are not read out; they are when they are final.
  const hidden = caption.party !== "agent" && !caption.final;

  return (
    <div class={`caption ${caption.party} ${caption.final || caption.party === "agent" ? "final" : "partial"}`} data-party={caption.party} data-turn={caption.turn} data-final={caption.final} aria-hidden={hidden}>
      <span class="who">
        {name}
        {caption.party === "agent" && latency ? <LatencyFigure latency={latency} words={words} /> : null}
      </span>
      <p>
        {heard}
        {rest.startsWith(" ") ? " " : ""}
        {rest !== "" ? <s title={words.unheard}>{rest.trim()}</s> : null}
        {caption.heard !== undefined ? <em class="badge">{words.interrupted}</em> : null}
      </p>
    </div>
  );
}

/** LatencyFigure is how long an answer took; what it is made of shows on hover and on focus. */
function LatencyFigure({ latency, words }: { latency: Latency; words: Words }) {
  const [open, setOpen] = useState(false);
  const parts = (Object.keys(words.latencyParts) as (keyof Words["latencyParts"])[])
    .filter((part) => latency[part] !== undefined)
    .map((part) => ({ part, ms: Math.round(latency[part] ?? 0) }));
  const told = parts.map(({ part, ms }) => `${words.latencyParts[part]} ${words.latency(ms)}`).join(", ");
  const show = () => setOpen(true);
  const hide = () => setOpen(false);

  return (
    <button type="button" class="latency" aria-live="off" data-ms={latency.ms} aria-label={`${words.latencyTitle}: ${words.latency(Math.round(latency.ms))}. ${told}`} onMouseEnter={show} onMouseLeave={hide} onFocus={show} onBlur={hide}>
      {words.latency(Math.round(latency.ms))}
      {open ? (
        <span class="split" role="tooltip">
          <b>{words.latencyTitle}</b>
          {parts.map(({ part, ms }) => (
            <span key={part} class={`part ${part}`}>
              <span>{words.latencyParts[part]}</span>
              <meter min={0} max={Math.max(1, latency.ms)} value={ms} />
              <span>{words.latency(ms)}</span>
            </span>
          ))}
        </span>
      ) : null}
    </button>
  );
}
