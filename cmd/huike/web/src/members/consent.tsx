// What a member has agreed to, purpose by purpose, and their word written down.

import { useState } from "preact/hooks";
import { problemOf, useAsk, type Problem } from "./ask";
import { Card, Trouble, type Props } from "./parts";
import { moment } from "./shown";
import type { Grant } from "./view";

interface WordsOf {
  consent: Grant[];
  history: Grant[];
}

const purposes = ["service", "marketing", "profiling", "recording", "voiceprint", "location"];

const of = (said: WordsOf | null, purpose: string): Grant | undefined => said?.consent.find((one) => one.purpose === purpose);

/** Consent shows and changes what a member agrees to. */
export function Consent({ client, words, lang, may, id, version, changed }: Props & { id: string; version: number; changed: () => void }) {
  const path = `/v1/members/${encodeURIComponent(id)}/consent`;
  const asked = useAsk<WordsOf>(client, path, version);
  const [asking, setAsking] = useState("");
  const [notice, setNotice] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const put = (purpose: string, given: boolean, etag: string) =>
    client.ask<WordsOf>("PUT", `${path}/${purpose}`, { given, notice: notice.trim() }, etag === "" ? {} : { "If-Match": etag });
  const say = async (purpose: string, given: boolean) => {
    try {
      const answer = await put(purpose, given, asked.etag).catch(async (error: unknown) => {
        if (problemOf(error).status !== 412) throw error;
        const now = await client.ask<WordsOf>("GET", path); // something else of the member has changed, or this
        asked.put(now.value, now.etag);
        if (JSON.stringify(of(now.value, purpose)) !== JSON.stringify(of(asked.value, purpose))) throw error;

        return put(purpose, given, now.etag);
      });
      asked.put(answer.value, answer.etag);
      setProblem(null);
      setAsking("");
      setNotice("");
      changed();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  return (
    <Card id="consent" title={words.consent}>
      <Trouble problem={problem ?? asked.problem} words={words} again={asked.again} />
      <ul class="grants">
        {purposes.map((purpose) => {
          const grant = of(asked.value, purpose);
          const given = grant?.given === true;

          return (
            <li key={purpose} data-purpose={purpose} data-given={given}>
              <span class={`light ${given ? "on" : ""}`} aria-hidden="true" />
              <div>
                <strong>{words.purposes[purpose]}</strong> <span class="quiet">{words.purposeNotes[purpose]}</span>
                <p class="quiet">
                  {grant === undefined ? words.neverAsked : `${given ? words.given : words.withdrawn} · ${moment(grant.at, lang)}${grant.notice ? ` · ${grant.notice}` : ""}`}
                </p>
              </div>
              {asking === purpose || !may("consent") ? null : (
                <button type="button" class="small" onClick={() => setAsking(purpose)}>
                  {given ? words.withdraw : words.give}
                </button>
              )}
              {asking === purpose ? (
                <form
                  class="asking"
                  onSubmit={(event) => {
                    event.preventDefault();
                    void say(purpose, !given);
                  }}
                >
                  <label class="field grow">
                    <span>{words.notice}</span>
                    <input type="text" autocomplete="off" maxLength={64} required={!given} value={notice} onInput={(event) => setNotice(event.currentTarget.value)} />
                  </label>
                  <button type="submit" class={given ? "danger" : "strong"}>
                    {given ? words.withdraw : words.give}
                  </button>
                  <button type="button" onClick={() => setAsking("")}>
                    {words.cancel}
                  </button>
                  {given ? <p class="quiet">{words.withdrawNote}</p> : null}
                </form>
              ) : null}
            </li>
          );
        })}
      </ul>
      {asked.value !== null && asked.value.history.length > 0 ? (
        <details class="history">
          <summary>{words.history}</summary>
          <ol>
            {asked.value.history.map((one, i) => (
              <li key={i}>
                <time dateTime={one.at}>{moment(one.at, lang)}</time> <strong>{words.purposes[one.purpose]}</strong> {one.given ? words.given : words.withdrawn}
                {one.notice ? ` · ${one.notice}` : ""}
              </li>
            ))}
          </ol>
        </details>
      ) : null}
    </Card>
  );
}
