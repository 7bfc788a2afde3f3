// The rules of tags and tiers are written, tried on all members as they are written, saved
// as a version, and taken back.

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, useAsk, type Problem } from "./ask";
import { changed, diff } from "./diff";
import { Effects, type Trial } from "./effects";
import { Lined } from "./lined";
import { Card, Trouble, Waiting, type Props } from "./parts";
import { count, moment } from "./shown";

export interface Version {
  number: number;
  at: string;
  author: string;
  origin: string;
  tags: number;
  tiers: number;
  text?: string;
}

interface Fault {
  line: number;
  en: string;
  zh: string;
}

interface Tried {
  of: string; // the text
  faults: Fault[];
  trial: Trial | null;
}

const pause = 500; // ms after the last key, before it is tried

// What was written and not saved stays when another page is looked at.
let draft: { text: string; base: Version; etag: string } | null = null;

/** Rules is the page on which a shop's rules are edited. */
export function Rules({ client, words, lang, may }: Props) {
  const asked = useAsk<Version>(client, "/v1/rules");
  const versions = useAsk<{ items: Version[] }>(client, "/v1/rules/versions");
  const [kept, setKept] = useState(draft);
  const [text, setText] = useState<string | null>(draft?.text ?? null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saved, setSaved] = useState(0);
  const [busy, setBusy] = useState(false);
  const now = asked.value;
  const base = kept?.base ?? now;
  const etag = kept?.etag ?? asked.etag;
  const written = text ?? now?.text ?? "";
  const dirty = base !== null && text !== null && text !== base.text;
  const tried = useTrial(client, now === null ? null : written, setProblem);
  useEffect(() => {
    draft = dirty && base !== null ? { text: text ?? "", base, etag } : null;
    if (!dirty) return undefined;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);

    return () => removeEventListener("beforeunload", warn);
  }, [dirty, text, etag]);
  if (now === null || base === null) return asked.problem === null ? <Waiting words={words} /> : <Trouble problem={asked.problem} words={words} again={asked.again} />;

  const put = (method: string, path: string, body: unknown) => async () => {
    setBusy(true);
    try {
      const answer = await client.ask<Version>(method, path, body, { "If-Match": etag });
      asked.put(answer.value, answer.etag);
      setText(null);
      setKept(null);
      setProblem(null);
      setSaved(answer.value.number);
      versions.again();
    } catch (error) {
      const refused = problemOf(error);
      setProblem(refused);
      if (refused.status === 412) {
        setKept({ text: written, base, etag });
        asked.again(); // show what is there now
      }
    }
    setBusy(false);
  };
  const write = (next: string) => {
    if (kept === null) setKept({ text: next, base: now, etag: asked.etag });
    setText(next);
    setSaved(0);
  };
  const drop = () => (setText(null), setKept(null), setProblem(null));
  const ready = dirty && tried !== null && tried.of === written && tried.faults.length === 0 && !busy;
  const overtaken = dirty && now.number !== base.number;

  return (
    <>
      <Card id="rules" title={words.pages.rules} wide aside={<span class="quiet" id="in-force" data-number={now.number}>{inForce(now, words, lang)}</span>}>
        <p class="quiet">{words.rulesHelp}</p>
        <Trouble problem={problem} words={words} />
        {overtaken ? (
          <div class="notice" id="overtaken" role="alert">
            <p>{words.rulesOvertaken(now.number, now.author)}</p>
            <Difference before={base.text ?? ""} after={now.text ?? ""} words={words} />
            <div class="actions">
              <button type="button" onClick={() => (setKept({ text: written, base: now, etag: asked.etag }), setProblem(null))}>
                {words.rulesKeepMine}
              </button>
              <button type="button" onClick={drop}>
                {words.rulesTakeTheirs}
              </button>
            </div>
          </div>
        ) : null}
        <div class="rules">
          <div class="writing">
            <Lined id="rules-text" label={words.rulesLabel} value={written} bad={(tried?.faults ?? []).map((one) => one.line)} disabled={!may("rules")} write={write} save={() => ready && void put("PUT", "/v1/rules", { text: written })()} />
            <div class="chips" role="group" aria-label={words.rulesPieces}>
              {words.rulePieces.map(([label, piece, list]) => (
                <button key={label} type="button" class="small" onClick={() => write(inserted(written, piece, list))}>
                  {label}
                </button>
              ))}
            </div>
            <div id="faults" role="status">
              {tried !== null && tried.of === written ? <Faults faults={tried.faults} words={words} lang={lang} /> : <p class="quiet">{words.checking}</p>}
            </div>
            <div class="actions">
              <button id="rules-save" type="button" class="strong" disabled={!ready} onClick={put("PUT", "/v1/rules", { text: written })}>
                {words.rulesSave}
              </button>
              {dirty ? (
                <button id="rules-drop" type="button" onClick={drop}>
                  {words.rulesDrop}
                </button>
              ) : null}
              <span id="rules-saved" class="quiet" role="status">
                {saved > 0 ? words.rulesSaved(saved) : ""}
              </span>
            </div>
            <details>
              <summary>{words.rulesWords}</summary>
              <dl class="reference">
                {words.rulesList.map(([term, says]) => (
                  <div key={term}>
                    <dt>
                      <code>{term}</code>
                    </dt>
                    <dd>{says}</dd>
                  </div>
                ))}
              </dl>
            </details>
            {dirty ? (
              <details>
                <summary>{words.rulesDiff}</summary>
                <Difference before={base.text ?? ""} after={written} words={words} />
              </details>
            ) : null}
          </div>
          <Effects trial={tried?.trial ?? null} words={words} lang={lang} />
        </div>
      </Card>
      <Card id="versions" title={words.versions} wide>
        <Trouble problem={versions.problem} words={words} again={versions.again} />
        {versions.value !== null && versions.value.items.length === 0 ? <p class="quiet">{words.versionsNone}</p> : null}
        <ul class="labels">
          {(versions.value?.items ?? []).map((one) => (
            <Past key={one.number} client={client} words={words} lang={lang} may={may} version={one} now={now} back={dirty || busy ? null : put("POST", "/v1/rules/rollback", { version: one.number })} />
          ))}
        </ul>
      </Card>
    </>
  );
}

function inForce(now: Version, words: Props["words"], lang: Props["lang"]): string {
  return now.number === 0 ? words.rulesStandard : words.rulesInForce(now.number, now.author, moment(now.at, lang));
}

// useTrial tries a text a moment after it was last changed; of tries under way, the newest counts.
function useTrial(client: Props["client"], text: string | null, failed: (problem: Problem) => void): Tried | null {
  const [tried, setTried] = useState<Tried | null>(null);
  const first = useRef(true);
  useEffect(() => {
    if (text === null) return undefined;
    const stop = new AbortController();
    const timer = setTimeout(() => {
      client.send<Omit<Tried, "of">>("POST", "/v1/rules/trial", JSON.stringify({ text }), { "Content-Type": "application/json" }, stop.signal).then(
        ({ value }) => setTried({ ...value, trial: value.trial, of: text }),
        (error) => !stop.signal.aborted && failed(problemOf(error)),
      );
    }, first.current ? 0 : pause);
    first.current = false;

    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [client, text]);

  return tried;
}

/** inserted puts a piece at the end of a list of the rules, which is begun where it is not there. */
export function inserted(text: string, piece: string, list: string): string {
  const all = text.replace(/\s*$/, "").split("\n");
  const head = all.findIndex((line) => line.startsWith(`${list}:`));
  if (head < 0) return `${text.trimEnd()}${text.trim() === "" ? "" : "\n"}${list}:\n${piece}\n`;
  all[head] = (all[head] ?? "").replace(/:\s*\[\s*\]/, ":");
  let end = head + 1;
  while (end < all.length && !/^[a-z]/.test(all[end] ?? "")) end++;
  while (end > head + 1 && (all[end - 1] ?? "").trim() === "") end--;
  all.splice(list === "tiers" ? head + 1 : end, 0, piece); // a tier that has a condition stands before the last

  return `${all.join("\n")}\n`;
}

function Faults({ faults, words, lang }: { faults: Fault[]; words: Props["words"]; lang: Props["lang"] }) {
  if (faults.length === 0) return <p class="right-so">{words.rulesRight}</p>;

  return (
    <ul class="faults" aria-label={words.rulesWrong}>
      {faults.map((one, i) => (
        <li key={i}>
          <button type="button" class="small" onClick={() => jump(one.line)}>
            {words.line(one.line)}
          </button>
          <span>{one[lang]}</span>
        </li>
      ))}
    </ul>
  );
}

// jump puts the cursor on a line of the editor.
function jump(line: number): void {
  const field = document.querySelector<HTMLTextAreaElement>("#rules-text");
  if (field === null) return;
  const from = field.value.split("\n").slice(0, Math.max(0, line - 1)).join("\n").length + (line > 1 ? 1 : 0);
  const end = field.value.indexOf("\n", from);
  field.focus();
  field.setSelectionRange(from, end < 0 ? field.value.length : end);
}

function Difference({ before, after, words }: { before: string; after: string; words: Props["words"] }) {
  const all = changed(diff(before, after));
  if (all.length === 0) return <p class="quiet">{words.diffNone}</p>;

  return (
    <pre class="diff" tabIndex={0} aria-label={words.rulesDiff}>
      {all.map((one, i) => (one === null ? <span key={i} class="gap">{"⋯\n"}</span> : <span key={i} class={one.mark === "+" ? "in" : one.mark === "-" ? "out" : ""}>{`${one.mark} ${one.text}\n`}</span>))}
    </pre>
  );
}

function Past({ client, words, lang, version, now, back }: Props & { version: Version; now: Version; back: (() => Promise<void>) | null }) {
  const [open, setOpen] = useState(false);
  const asked = useAsk<Version>(client, open ? `/v1/rules/versions/${version.number}` : "");

  return (
    <li data-version={version.number}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <strong>{words.version(version.number)}</strong> <span class="quiet">{`${moment(version.at, lang)} · ${version.author} · ${words.origins[version.origin] ?? words.backTo(version.origin.replace(/\D/g, ""))} · ${words.rulesHas(count(version.tags, lang), count(version.tiers, lang))}`}</span>
        </summary>
        {open && asked.value === null ? <Waiting words={words} /> : null}
        <Trouble problem={asked.problem} words={words} again={asked.again} />
        {asked.value === null ? null : version.number === now.number ? <pre class="diff" tabIndex={0}>{asked.value.text}</pre> : <Difference before={now.text ?? ""} after={asked.value.text ?? ""} words={words} />}
      </details>
      {version.number === now.number ? (
        <small class="tag">{words.inUse}</small>
      ) : (
        <button type="button" class="small back" disabled={back === null} onClick={() => void back?.()}>
          {words.backToThis}
        </button>
      )}
    </li>
  );
}
