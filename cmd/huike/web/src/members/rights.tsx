// A person's rights: what is known of them put right, given out, and forgotten for good.

import { useState } from "preact/hooks";
import { problemOf, type Problem } from "./ask";
import { Card, Trouble, type Props } from "./parts";
import { addressOf } from "./route";
import { count, language } from "./shown";
import type { Name, View } from "./view";

export interface Step {
  name: string;
  count: number;
  done: boolean;
}

export interface Erased {
  members: string[];
  rows: Record<string, number>;
  calls: number;
  copies: number;
  handles: number;
  steps: Step[];
}

/** Rights is the card on which a person's wishes about their own data are met. */
export function Rights({ client, words, lang, may, view, etag, changed, forgotten }: Props & { view: View; etag: string; changed: () => void; forgotten: (gone: Erased) => void }) {
  const [doing, setDoing] = useState<"" | "correct" | "export" | "erase">("");
  const done = () => setDoing("");
  const props = { client, words, lang, may, view };
  if (!may("write") && !may("export") && !may("erase")) return null;

  return (
    <Card id="rights" title={words.rights}>
      <div class="actions">
        {may("write") && view.may.identity ? (
          <button id="correct-open" type="button" aria-expanded={doing === "correct"} onClick={() => setDoing(doing === "correct" ? "" : "correct")}>
            {words.correct}
          </button>
        ) : null}
        {may("export") ? (
          <button id="export-open" type="button" aria-expanded={doing === "export"} onClick={() => setDoing(doing === "export" ? "" : "export")}>
            {words.giveOut}
          </button>
        ) : null}
        {may("erase") ? (
          <button id="erase-open" type="button" aria-expanded={doing === "erase"} onClick={() => setDoing(doing === "erase" ? "" : "erase")}>
            {words.erase}
          </button>
        ) : null}
      </div>
      {may("erase") ? null : <p class="quiet">{words.eraseWho}</p>}
      {doing === "correct" ? <Correct key={etag} {...props} etag={etag} done={(yes) => (done(), yes && changed())} /> : null}
      {doing === "export" ? <Export {...props} done={done} /> : null}
      {doing === "erase" ? <Erase {...props} done={done} forgotten={forgotten} /> : null}
    </Card>
  );
}

type Part = Omit<Props, "may"> & { view: View };

const parts = ["family", "given", "given_en", "family_en"] as const;

function Correct({ client, words, lang, view, etag, done }: Part & { etag: string; done: (changed: boolean) => void }) {
  const [name, setName] = useState<Name>(view.name ?? {});
  const [gender, setGender] = useState(view.gender ?? "");
  const [born, setBorn] = useState(view.birth_year === undefined ? "" : String(view.birth_year));
  const [speaks, setSpeaks] = useState(view.lang ?? "");
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    const body: Record<string, unknown> = {};
    const named = Object.fromEntries(parts.map((part) => [part, (name[part] ?? "").trim()]).filter(([, text]) => text !== ""));
    if (parts.some((part) => (name[part] ?? "").trim() !== (view.name?.[part] ?? ""))) body["name"] = Object.keys(named).length === 0 ? null : named;
    if (gender !== (view.gender ?? "")) body["gender"] = gender || null;
    if (born !== (view.birth_year === undefined ? "" : String(view.birth_year))) body["birth_year"] = born === "" ? null : Number(born);
    if (speaks !== (view.lang ?? "")) body["lang"] = speaks || null;
    if (Object.keys(body).length === 0) return done(false);
    try {
      await client.ask("PATCH", `/v1/members/${encodeURIComponent(view.id)}`, body, { "If-Match": etag });
      done(true);
    } catch (error) {
      setProblem(problemOf(error));
    }

    return undefined;
  };

  return (
    <form id="correct" class="fields" onSubmit={(event) => void send(event)}>
      {parts.map((part) => (
        <label key={part} class="field">
          <span>{words.nameParts[part]}</span>
          <input name={part} type="text" autocomplete="off" maxLength={64} value={name[part] ?? ""} onInput={(event) => setName({ ...name, [part]: event.currentTarget.value })} />
        </label>
      ))}
      <label class="field">
        <span>{words.gender}</span>
        <select name="gender" value={gender} onChange={(event) => setGender(event.currentTarget.value)}>
          <option value="">{words.unknown}</option>
          <option value="female">{words.genders["female"]}</option>
          <option value="male">{words.genders["male"]}</option>
        </select>
      </label>
      <label class="field">
        <span>{words.born}</span>
        <input name="birth_year" type="text" inputMode="numeric" pattern="(19|20)[0-9]{2}" autocomplete="off" value={born} onInput={(event) => setBorn(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.language}</span>
        <select name="lang" value={speaks} onChange={(event) => setSpeaks(event.currentTarget.value)}>
          <option value="">{words.unknown}</option>
          <option value="zh">{language("zh", lang)}</option>
          <option value="en">{language("en", lang)}</option>
        </select>
      </label>
      <p class="quiet">{words.correctNote}</p>
      <Trouble problem={problem} words={words} />
      <div class="actions">
        <button type="submit" class="strong">
          {words.save}
        </button>
        <button type="button" onClick={() => done(false)}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

function Export({ client, words, view, done }: Part & { done: () => void }) {
  const [whole, setWhole] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await client.download(`/v1/members/${encodeURIComponent(view.id)}/export`, { whole }, `${view.id}.json`);
      done();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };

  return (
    <form id="give-out" class="fields" onSubmit={(event) => void send(event)}>
      <p class="quiet">{words.giveOutNote}</p>
      <label class="check">
        <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} /> <span>{words.giveOutWhole}</span>
      </label>
      <Trouble problem={problem} words={words} />
      <div class="actions">
        <button type="submit" class="strong" disabled={busy}>
          {busy ? words.exporting : words.giveOut}
        </button>
        <button type="button" onClick={done}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

function Erase({ client, words, lang, view, done, forgotten }: Part & { done: () => void; forgotten: (gone: Erased) => void }) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (event: Event) => {
    event.preventDefault();
    if (typed.trim() !== view.id) return;
    setBusy(true);
    setProblem(null);
    try {
      forgotten((await client.ask<Erased>("POST", `/v1/members/${encodeURIComponent(view.id)}/erasure`, { confirm: view.id })).value);

      return; // the page has nothing of the person any more
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };

  return (
    <form id="erase" class="fields" onSubmit={(event) => void send(event)}>
      <p class="failure">{words.eraseNote}</p>
      <label class="field">
        <span>{words.eraseType(view.id)}</span>
        <input name="confirm" type="text" autocomplete="off" spellcheck={false} value={typed} aria-describedby="erase-hint" onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      <p id="erase-hint" class="quiet" role="status">
        {typed === "" || typed.trim() === view.id ? "" : words.eraseDiffers}
      </p>
      {busy ? <progress aria-label={words.erasing} /> : null}
      {busy ? <p role="status">{words.erasing}</p> : null}
      <Steps steps={problem?.steps ?? []} words={words} lang={lang} />
      <Trouble problem={problem} words={words} />
      <div class="actions">
        <button type="submit" class="danger" disabled={busy || typed.trim() !== view.id}>
          {problem === null ? words.eraseNow : words.again}
        </button>
        <button type="button" disabled={busy} onClick={done}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}

/** Steps are the places that an erasure goes to: reached, or to be tried again. */
function Steps({ steps, words, lang }: { steps: readonly Step[] } & Pick<Props, "words" | "lang">) {
  if (steps.length === 0) return null;

  return (
    <ol class="steps" id="erase-steps">
      {steps.map((step) => (
        <li key={step.name} data-step={step.name} data-done={step.done}>
          <span aria-hidden="true">{step.done ? "✓" : "✗"}</span> {words.eraseSteps[step.name] ?? step.name}
          {step.count > 0 ? ` · ${count(step.count, lang)}` : ""} — {step.done ? words.stepDone : words.stepFailed}
        </li>
      ))}
    </ol>
  );
}

/** Report says where an erasure reached. */
export function Report({ gone, words, lang }: { gone: Erased } & Pick<Props, "words" | "lang">) {
  const rows = Object.entries(gone.rows).sort(([a], [b]) => a.localeCompare(b));
  const sum = rows.reduce((n, [, rest]) => n + rest, 0);

  return (
    <Card id="erased" title={words.rights} wide>
      <p role="status">
        <strong>{words.erased(gone.members.length)}</strong>
      </p>
      <Steps steps={gone.steps} words={words} lang={lang} />
      <p class="quiet">{words.erasedElsewhere}</p>
      <ul class="why">
        <li>{words.erasedRows(count(sum, lang), count(rows.length, lang))}</li>
        <li>{words.erasedCalls(count(gone.calls, lang))}</li>
        <li>{words.erasedCopies(count(gone.copies, lang))}</li>
        <li>{words.erasedHandles(count(gone.handles, lang))}</li>
      </ul>
      <details>
        <summary>{words.erasedWhere}</summary>
        <table class="list">
          <tbody>
            {rows.map(([table, n]) => (
              <tr key={table}>
                <th scope="row">{table}</th>
                <td class="right figure">{count(n, lang)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <a href={addressOf("search")}>{words.pages.search}</a>
    </Card>
  );
}
