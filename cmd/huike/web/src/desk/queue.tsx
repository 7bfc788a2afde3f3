// Who waits for a person, and who waits to be called back.

import { clock } from "../timeline";
import { useNow } from "../store";
import type { Lang, Words } from "../words";
import type { DeskState, Ticket } from "./desk";
import type { Working } from "./working";

/** Queue lists the calls that wait for a person, and those that have one. */
export function Queue({ working, state, words, lang }: { working: Working; state: DeskState; words: Words; lang: Lang }) {
  const waiting = state.queue.filter((ticket) => ticket.state === "waiting").length;
  useNow(state.queue.length > 0, 1000); // the waits grow

  return (
    <section id="queue" data-testid="queue" class="card" aria-label={words.queue}>
      <div class="head">
        <h2>{words.queue}</h2>
        <span class={`count ${waiting === 0 ? "none" : ""}`} aria-live="polite">
          {waiting}
        </span>
      </div>
      {state.queue.length === 0 ? <p class="quiet">{words.queueEmpty}</p> : null}
      <ul class="tickets">
        {state.queue.map((ticket) => (
          <Row key={ticket.call} ticket={ticket} working={working} state={state} words={words} lang={lang} />
        ))}
      </ul>
    </section>
  );
}

function Row({ ticket, working, state, words, lang }: { ticket: Ticket; working: Working; state: DeskState; words: Words; lang: Lang }) {
  const name = ticket.profile?.[lang] || words.unknown;
  const mine = ticket.call === state.mine;
  const taken = ticket.state === "taken";

  return (
    <li class={`ticket ${ticket.state} ${ticket.call === state.selected ? "selected" : ""}`} data-call={ticket.call} data-state={ticket.state} data-reason={ticket.reason}>
      <button type="button" class="open" aria-pressed={ticket.call === state.selected} onClick={() => void working.select(ticket.call)}>
        <strong>
          {name}
          <span class="tongue">{ticket.lang === "zh" ? "中文" : "English"}</span>
        </strong>
        <span class="why">{words.reasons[ticket.reason] ?? ticket.reason}</span>
        <span class="wait">{taken ? (mine ? words.taken : words.takenByOther) : `${words.wait} ${clock(Date.now() - ticket.since)}`}</span>
      </button>
      {taken ? null : (
        <button type="button" class="take strong" data-testid="take" disabled={state.mine !== "" || state.sound === "joining"} onClick={() => void working.take(ticket.call)}>
          {words.take}
        </button>
      )}
    </li>
  );
}

/** CallBacks lists whom the shop promised to call. */
export function CallBacks({ state, words }: { state: DeskState; words: Words }) {
  return (
    <section id="callbacks" data-testid="callbacks" class="card" aria-label={words.callbacks}>
      <h2>{words.callbacks}</h2>
      {(state.callbacks ?? []).length === 0 ? <p class="quiet">{words.callbacksEmpty}</p> : null}
      <ul class="tickets">
        {(state.callbacks ?? []).map((one) => (
          <li key={one.id} class="callback">
            <strong>{one.phone || words.unknown}</strong>
            <span>{words.reasons[one.reason] ?? one.reason}</span>
            {one.when ? (
              <span>
                {words.callbackWhen}: {one.when}
              </span>
            ) : null}
            {one.at ? <time>{new Date(one.at).toLocaleString(words.htmlLang, { dateStyle: "medium", timeStyle: "short" })}</time> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
