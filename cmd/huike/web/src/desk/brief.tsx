// Everything about the chosen call that a person should know before they speak.

import { Captions } from "../captions";
import { Fact } from "../parts";
import { Legend, VoicePicture } from "../picture";
import { useEffect, useRef } from "preact/hooks";
import { useNow } from "../store";
import { clock } from "../timeline";
import type { Lang, Words } from "../words";
import type { DeskState, Ticket } from "./desk";
import { Outward } from "./outward";
import { CallTags } from "./calltags";
import type { Profile } from "./profile";
import { intentName, moodName, ruleName, slotName, telling } from "./terms";
import type { Working } from "./working";

interface Props {
  working: Working;
  state: DeskState;
  words: Words;
  lang: Lang;
}

const machines = ["call-id", "callsid", "uuid"]; // what came with a call and tells a person nothing

/** Brief shows the chosen call, and the buttons of whoever has it. */
export function Brief({ working, state, words, lang }: Props) {
  const ticket = state.brief ?? state.queue.find((one) => one.call === state.selected);
  if (ticket === undefined) return <section class="card nothing"><p class="quiet">{words.noneChosen}</p></section>;
  const { watch } = state;
  const mine = state.mine === ticket.call;
  const details = telling(watch.slots);
  const came = ticket.context.filter((one) => !machines.includes(one.name));

  return (
    <section id="brief" data-testid="brief" class="card brief" data-call={ticket.call} data-sound={state.sound}>
      <Head working={working} state={state} words={words} lang={lang} ticket={ticket} />
      {mine && watch.phase !== "ended" ? <Outward working={working} state={state} words={words} /> : null}
      <div class="known">
        <div class="facts">
          <div id="summary">
            <h2>{words.summary}</h2>
            <p>{watch.brief || ticket.summary || words.reasons[ticket.reason] || ticket.reason}</p>
            {watch.rule ? (
              <p id="rule" data-rule={watch.rule}>
                {words.rule}
                {ruleName(watch.rule, lang)}
              </p>
            ) : null}
            {ticket.said ? <blockquote lang={ticket.lang}>{ticket.said}</blockquote> : null}
          </div>
          <ProfileCard profile={ticket.profile} call={ticket.call} words={words} lang={lang} />
          <div id="slots" data-testid="slots">
            <h2>{words.slots}</h2>
            <dl>
              {watch.intent ? <Fact name={words.intent} value={<span id="intent" data-intent={watch.intent}>{intentName(watch.intent, lang)}</span>} /> : null}
              {details.map((slot) => (
                <Fact key={slot.name} name={slotName(slot.name, lang)} value={slot.value} />
              ))}
            </dl>
            {watch.intent === "" && details.length === 0 ? <p class="quiet">{words.slotsEmpty}</p> : null}
          </div>
          {came.length > 0 ? (
            <div id="context">
              <h2>{words.context}</h2>
              <dl>
                {came.map((one) => (
                  <Fact key={one.name} name={words.contextNames[one.name] ?? one.name} value={one.value} />
                ))}
              </dl>
            </div>
          ) : null}
          <CallTags ticket={ticket} mine={mine} working={working} words={words} lang={lang} />
        </div>
        <div class="spoken">
          <div class="head">
            <h2>{words.transcript}</h2>
            <Legend words={words} view={mine ? "mine" : "desk"} gaps={watch.gaps.length > 0} />
          </div>
          <VoicePicture id="timeline" words={words} state={() => working.state.watch} />
          <Captions id="transcript" words={words} state={watch} view={mine ? "mine" : "desk"} />
        </div>
      </div>
    </section>
  );
}

function Head({ working, state, words, lang, ticket }: Props & { ticket: Ticket }) {
  const mine = state.mine === ticket.call;
  const over = state.watch.phase === "ended" || (!mine && !state.queue.some((one) => one.call === ticket.call));
  useNow(!over, 1000); // the wait grows
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (mine) heading.current?.focus(); // the button that took the call is gone
  }, [mine]);

  return (
    <div class="brief-head">
      <div>
        <h3 ref={heading} tabIndex={-1}>
          {ticket.profile?.[lang] || words.unknown}
          {ticket.mood ? <span class="tier">{moodName(ticket.mood, lang)}</span> : null}
        </h3>
        <p id="reason" data-reason={ticket.reason}>
          {words.reasons[ticket.reason] ?? ticket.reason}
          {over || mine ? null : ` · ${words.wait} ${clock(Date.now() - ticket.since)}`}
        </p>
        <p class={`sound ${state.sound}`} role="status">
          {over ? ended(state, words) : mine ? { none: "", joining: words.joining, on: words.speaking, weak: words.soundWeak, lost: words.soundLost }[state.sound] : ""}
        </p>
      </div>
      <div class="actions">
        {mine && state.sound === "lost" ? (
          <button id="rejoin" type="button" class="strong" onClick={() => void working.rejoin()}>
            {words.rejoin}
          </button>
        ) : null}
        {mine ? (
          <>
            <button id="mute" type="button" aria-pressed={state.muted} disabled={state.sound !== "on" && state.sound !== "weak"} onClick={() => working.mute(!state.muted)}>
              {state.muted ? words.unmute : words.mute}
            </button>
            <button id="return" data-testid="return" type="button" onClick={() => void working.give("return")}>
              {words.return}
            </button>
            <button id="end" data-testid="end" type="button" class="danger" onClick={() => void working.give("end")}>
              {words.end}
            </button>
          </>
        ) : over ? null : (
          <button type="button" class="take strong" disabled={state.mine !== "" || ticket.state === "taken" || state.sound === "joining"} onClick={() => void working.take(ticket.call)}>
            {ticket.state === "taken" ? words.takenByOther : words.take}
          </button>
        )}
      </div>
    </div>
  );
}

function ended(state: DeskState, words: Words): string {
  if (state.watch.transfer?.state === "done") return words.transfers.done;
  const how = state.watch.ended;
  if (how !== null) return `${words.status.ended}${words.colon}${words.dispositions[how.disposition] ?? how.disposition}`;
  const handoff = state.watch.handoff?.state;

  return handoff === "returned" ? words.deskReturned : words.deskGone;
}

function ProfileCard({ profile, call, words, lang }: { profile: Profile | null; call: string; words: Words; lang: Lang }) {
  if (profile === null) {
    return (
      <div id="profile" data-testid="profile">
        <h2>{words.profile}</h2>
        <p class="quiet">{words.memberNone}</p>
      </div>
    );
  }
  const day = (at: string) => (at === "" ? "" : new Date(at).toLocaleDateString(words.htmlLang, { dateStyle: "medium" }));

  return (
    <div id="profile" data-testid="profile" class="member">
      <h2>{words.profile}</h2>
      <p class="name">
        {profile[lang] || words.unknown}
        {profile.tier ? <span class={`tier ${profile.tier}`}>{words.tiers[profile.tier] ?? profile.tier}</span> : null}
      </p>
      <dl>
        {profile.phone ? <Fact name={words.phone} value={profile.phone} /> : null}
        {profile.points !== null ? <Fact name={words.points} value={profile.points.toLocaleString(words.htmlLang)} /> : null}
        {profile.orders !== null ? <Fact name={words.orders} value={profile.orders} /> : null}
        {profile.purchase ? <Fact name={words.lastPurchase} value={`${profile.purchase[lang]} ${day(profile.purchase.at)}`.trim()} /> : null}
        {profile.complaint ? <Fact name={words.openComplaint} value={profile.complaint} /> : null}
        {profile.interactions.map((one) => (
          <Fact key={one.at + one.text} name={day(one.at)} value={one.text} />
        ))}
      </dl>
      {profile.id ? (
        <a id="view360" href={`/members#/m/${encodeURIComponent(profile.id)}?call=${encodeURIComponent(call)}`} target="huike-members" rel="opener">
          {words.whole}
        </a>
      ) : null}
      {profile.stale ? <p class="quiet">{words.stale}</p> : null}
    </div>
  );
}
