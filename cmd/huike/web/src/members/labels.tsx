// A member's tags: what made them so, how they came and went, and those that people put on.

import { useState } from "preact/hooks";
import { tagName } from "../desk/terms";
import { problemOf, useAsk, type Problem } from "./ask";
import { Card, Trouble, type Props } from "./parts";
import { day, moment } from "./shown";
import type { Tag } from "./view";

export interface Evidence {
  count: number;
  facts: { kind: string; id: string; at: string }[] | null;
}

interface Labelled extends Tag {
  reason?: string;
  evidence?: Evidence;
}

interface Change {
  name: string;
  change: string;
  source: string;
  author?: string;
  at: string;
  reason?: string;
}

export interface LabelsOf {
  tier: string | null;
  rights?: { discount?: number; priority?: number; benefits?: string[] };
  tags: Labelled[];
  changes: Change[];
}

/** Labels shows and changes a member's tags. */
export function Labels({ client, words, lang, may, id, version, changed }: Props & { id: string; version: number; changed: () => void }) {
  const path = `/v1/members/${encodeURIComponent(id)}/tags`;
  const asked = useAsk<LabelsOf>(client, path, version);
  const [name, setName] = useState("");
  const [until, setUntil] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const change = async (method: "PUT" | "DELETE", tag: string, body?: object) => {
    setBusy(true);
    try {
      const more: Record<string, string> = asked.etag === "" ? {} : { "If-Match": asked.etag };
      const answer = await client.ask<LabelsOf>(method, `${path}/${encodeURIComponent(tag)}`, body, more);
      asked.put(answer.value, answer.etag);
      setProblem(null);
      setName("");
      setUntil("");
      changed();
    } catch (error) {
      const refused = problemOf(error);
      setProblem(refused);
      if (refused.status === 412) asked.again(); // somebody was first: show what is there now
    }
    setBusy(false);
  };
  const put = (event: Event) => {
    event.preventDefault();
    if (name.trim() !== "") void change("PUT", name.trim(), until === "" ? {} : { until: new Date(`${until}T23:59:59`).toISOString() });
  };

  return (
    <Card id="labels" title={words.tags}>
      <Trouble problem={problem ?? asked.problem} words={words} again={asked.again} />
      {asked.value !== null && asked.value.tags.length === 0 ? <p class="quiet">{words.tagsNone}</p> : null}
      <ul class="labels">
        {(asked.value?.tags ?? []).map((tag) => (
          <li key={tag.name} data-tag={tag.name}>
            <details>
              <summary>
                <strong>{tagName(tag.name, lang)}</strong> <span class="quiet">{words.tagBy[tag.source] ?? tag.source}</span>
              </summary>
              <Why tag={tag} words={words} lang={lang} />
            </details>
            {tag.source === "rule" || !may("tag") ? null : (
              <button type="button" class="small" disabled={busy} aria-label={words.tagTake(tagName(tag.name, lang))} onClick={() => void change("DELETE", tag.name)}>
                ×
              </button>
            )}
          </li>
        ))}
      </ul>
      {may("tag") ? <form class="asking" onSubmit={put}>
        <label class="field grow">
          <span>{words.tagName}</span>
          <input id="tag-name" type="text" autocomplete="off" maxLength={64} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{words.tagUntil}</span>
          <input id="tag-until" type="date" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
        </label>
        <button type="submit" disabled={busy || name.trim() === ""}>
          {words.tagPut}
        </button>
      </form> : null}
      {asked.value !== null && asked.value.changes.length > 0 ? (
        <details class="history">
          <summary>{words.history}</summary>
          <ol>
            {asked.value.changes.map((one, i) => (
              <li key={i}>
                <time dateTime={one.at}>{moment(one.at, lang)}</time> <strong>{tagName(one.name, lang)}</strong> {one.change === "added" ? words.added : words.removed} ·{" "}
                {one.author || (words.tagBy[one.source] ?? one.source)}
                {one.reason ? <code>{one.reason}</code> : null}
              </li>
            ))}
          </ol>
        </details>
      ) : null}
    </Card>
  );
}

function Why({ tag, words, lang }: { tag: Labelled; words: Props["words"]; lang: Props["lang"] }) {
  return (
    <div class="why">
      <p>
        {moment(tag.at, lang)}
        {tag.author ? ` · ${tag.author}` : ""}
        {tag.until ? ` · ${words.until(day(tag.until, lang))}` : ""}
      </p>
      {tag.reason ? (
        <p>
          {words.because} <code>{tag.reason}</code>
        </p>
      ) : null}
      {tag.evidence && (tag.evidence.facts ?? []).length > 0 ? (
        <>
          <p>{words.evidence(tag.evidence.count)}</p>
          <ul>
            {(tag.evidence.facts ?? []).map((fact) => (
              <li key={fact.kind + fact.id}>
                {day(fact.at, lang)} · {words.kinds[fact.kind] ?? fact.kind} {fact.id}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}
