// Segments that were given a name: opened, renamed, deleted, and counted day by day.

import { useState } from "preact/hooks";
import { problemOf, useAsk, type Problem } from "./ask";
import { Card, Trouble, Waiting, type Props } from "./parts";
import { count, day } from "./shown";

export interface SavedSegment {
  id: string;
  version: number;
  name: string;
  segment: string;
  author: string;
  at: string;
  days: { day: string; members: number; of: number }[]; // newest first
  fail?: string; // why it could not be counted
}

interface SavedProps extends Props {
  text: string; // the expression in the editor
  good: boolean; // it is one
  opened: SavedSegment | null;
  open: (one: SavedSegment | null) => void;
}

/** Saved lists the segments with names, and saves the one in the editor. */
export function Saved({ client, words, lang, may, text, good, opened, open }: SavedProps) {
  const asked = useAsk<{ items: SavedSegment[] }>(client, "/v1/segments");
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const act = async (method: string, one: SavedSegment | null, body?: { name: string; segment: string }): Promise<boolean> => {
    setBusy(true);
    let done = true;
    try {
      const match: Record<string, string> = one === null ? {} : { "If-Match": `"${one.version}-0"` };
      const { value } = await client.ask<SavedSegment | null>(method, one === null ? "/v1/segments" : `/v1/segments/${one.id}`, body, match);
      setProblem(null);
      setName("");
      open(value);
    } catch (error) {
      setProblem(problemOf(error));
      done = false;
    }
    setBusy(false);
    asked.again();

    return done;
  };
  const all = asked.value?.items ?? [];
  const c = words.savedColumns;

  return (
    <Card id="saved" title={words.savedTitle} wide>
      <Trouble problem={problem ?? asked.problem} words={words} again={asked.again} />
      {may("rules") ? (
        <form
          class="asking"
          onSubmit={(event) => {
            event.preventDefault();
            if (good && name.trim() !== "") void act("POST", null, { name: name.trim(), segment: text });
          }}
        >
          <label class="field grow">
            <span>{words.savedName}</span>
            <input id="saved-name" type="text" autocomplete="off" maxLength={64} required value={name} onInput={(event) => setName(event.currentTarget.value)} />
          </label>
          <button id="saved-save" type="submit" disabled={busy || !good}>
            {words.saveAs}
          </button>
          {opened !== null && opened.segment !== text ? (
            <button id="saved-change" type="button" class="strong" disabled={busy || !good} onClick={() => void act("PUT", opened, { name: opened.name, segment: text })}>
              {words.saveChanges(opened.name)}
            </button>
          ) : null}
        </form>
      ) : null}
      {asked.value === null && asked.problem === null ? <Waiting words={words} /> : null}
      {asked.value !== null && all.length === 0 ? <p class="quiet">{words.savedNone}</p> : null}
      {all.length > 0 ? (
        <div class="scroll" tabIndex={0} role="region" aria-label={words.savedTitle}>
          <table class="list">
            <thead>
              <tr>
                <th scope="col">{c.name}</th>
                <th scope="col" class="right">
                  {c.members}
                </th>
                <th scope="col">{c.trend}</th>
                <th scope="col">{c.condition}</th>
                <th scope="col">{c.by}</th>
                {may("rules") ? <th scope="col"><span class="unseen">{words.change}</span></th> : null}
              </tr>
            </thead>
            <tbody>
              {all.map((one) => (
                <Row key={one.id} one={one} words={words} lang={lang} may={may} busy={busy} chosen={opened?.id === one.id} open={open} act={act} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </Card>
  );
}

interface RowProps extends Pick<Props, "words" | "lang" | "may"> {
  one: SavedSegment;
  busy: boolean;
  chosen: boolean;
  open: (one: SavedSegment) => void;
  act: (method: string, one: SavedSegment, body?: { name: string; segment: string }) => Promise<boolean>;
}

function Row({ one, words, lang, may, busy, chosen, open, act }: RowProps) {
  const [doing, setDoing] = useState<"" | "rename" | "remove">("");
  const [name, setName] = useState(one.name);
  const now = one.days[0];

  return (
    <tr data-name={one.name} class={chosen ? "chosen" : ""}>
      <th scope="row">
        {doing === "rename" ? (
          <form
            class="inline"
            onSubmit={(event) => {
              event.preventDefault();
              void act("PUT", one, { name: name.trim(), segment: one.segment }).then((done) => done && setDoing(""));
            }}
          >
            <input type="text" aria-label={words.savedName} maxLength={64} required autofocus value={name} onInput={(event) => setName(event.currentTarget.value)} />
            <button type="submit" class="small" disabled={busy}>
              {words.save}
            </button>
            <button type="button" class="small" onClick={() => setDoing("")}>
              {words.cancel}
            </button>
          </form>
        ) : (
          <button type="button" class="link" title={words.savedOpen(one.name)} onClick={() => open(one)}>
            {one.name}
          </button>
        )}
      </th>
      <td class="right figure">{now === undefined ? "" : count(now.members, lang)}</td>
      <td>
        <Trend one={one} words={words} lang={lang} />
      </td>
      <td>
        <code>{one.segment}</code>
        {one.fail === undefined ? null : <p class="quiet">{one.fail}</p>}
      </td>
      <td class="quiet">{`${one.author} · ${day(one.at, lang)}`}</td>
      {may("rules") ? (
        <td class="acts">
          {doing === "remove" ? (
            <div class="inline" role="alertdialog" aria-label={words.removeSure(one.name)}>
              <span>{words.removeSure(one.name)}</span>
              <button type="button" class="small danger" disabled={busy} onClick={() => void act("DELETE", one)}>
                {words.remove}
              </button>
              <button type="button" class="small" onClick={() => setDoing("")}>
                {words.cancel}
              </button>
            </div>
          ) : (
            <>
              <button type="button" class="small rename" onClick={() => (setName(one.name), setDoing("rename"))}>
                {words.rename}
              </button>{" "}
              <button type="button" class="small remove" onClick={() => setDoing("remove")}>
                {words.remove}
              </button>
            </>
          )}
        </td>
      ) : null}
    </tr>
  );
}

const wide = 120; // of the picture, in its own units
const high = 28;

// The counts of the days, the oldest at the left.
function Trend({ one, words, lang }: { one: SavedSegment } & Pick<Props, "words" | "lang">) {
  const days = one.days.toReversed();
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined || days.length < 2) return null;
  const most = Math.max(1, ...days.map((d) => d.members));
  const points = days.map((d, i) => `${((i * wide) / (days.length - 1)).toFixed(1)},${(high - 2 - ((high - 4) * d.members) / most).toFixed(1)}`).join(" ");
  const label = words.savedTrend(days.length, count(first.members, lang), count(last.members, lang));

  return (
    <svg class="trend" viewBox={`0 0 ${wide} ${high}`} width={wide} height={high} role="img" aria-label={label}>
      <title>{label}</title>
      <polyline points={points} fill="none" stroke="currentColor" stroke-width="2" />
    </svg>
  );
}
