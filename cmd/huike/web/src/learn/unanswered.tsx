// What callers said that was not answered, and what a person makes of it.

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, useAsk, type Problem } from "../members/ask";
import { Card, Trouble, Waiting } from "../members/parts";
import { moment } from "../members/shown";
import type { Props } from "./props";

interface Cluster {
  count: number;
  examples: string[];
  answered: boolean;
}

interface Knowledge {
  n: number;
  answered_now: number;
  entries: number;
  unread_calls: number;
  clusters: Cluster[];
  versions: { version: number; author: string; at: string; from: string }[];
  flows: { flow: string; en: string; zh: string }[];
}

interface Learned {
  n: number;
  before: number;
  after: number;
}

/** Unanswered lists the clusters, the commonest first, and the versions of what the shop knows. */
export function Unanswered({ client, words, lang, may }: Props) {
  const asked = useAsk<Knowledge>(client, "/v1/knowledge");
  const known = asked.value;
  const [problem, setProblem] = useState<Problem | null>(null);
  const [learned, setLearned] = useState<Learned | null>(null);
  const [at, setAt] = useState(-1);
  const [busy, setBusy] = useState(false);
  const change = async (path: string, body: unknown, done: (answer: unknown) => void) => {
    setBusy(true);
    try {
      done((await client.ask("POST", path, body)).value);
      setProblem(null);
      asked.again();
    } catch (error) {
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const approve = (body: unknown) => change("/v1/knowledge/approve", body, (answer) => (setLearned(answer as Learned), setAt(-1)));
  const back = (version: number) => change("/v1/knowledge/rollback", { version }, () => setLearned(null));
  const newest = known?.versions.at(-1)?.version;

  return (
    <Card id="unanswered" title={words.unanswered} aside={known === null ? null : <span id="rate">{words.rate(known.answered_now, known.n)}</span>}>
      <Trouble problem={problem ?? asked.problem} words={words} again={asked.again} />
      {may("settings") ? null : <p class="quiet">{words.onlyLook}</p>}
      {learned === null ? null : (
        <p id="learned" role="status">
          {words.learned(learned.before, learned.after, learned.n)}
        </p>
      )}
      {known === null && asked.problem === null ? <Waiting words={words} /> : null}
      {known !== null && known.unread_calls > 0 ? (
        <p id="unread" class="failure" role="alert">
          {words.unread(known.unread_calls)}
        </p>
      ) : null}
      {known !== null && known.clusters.length === 0 ? <p class="quiet">{words.none}</p> : null}
      <ul class="labels">
        {known?.clusters.map((one, i) => (
          <li key={one.examples[0]} class="cluster" data-answered={one.answered}>
            <div>
              <strong class="figure">{words.times(one.count)}</strong> {one.examples.join(" / ")} <small class="tag">{one.answered ? words.answered : words.open}</small>
              {at === i ? <Write cluster={one} known={known} words={words} lang={lang} busy={busy} approve={approve} cancel={() => setAt(-1)} /> : null}
            </div>
            {at === i || !may("settings") ? null : (
              <button type="button" class="small write" onClick={() => setAt(i)}>
                {words.write}
              </button>
            )}
          </li>
        ))}
      </ul>
      <h3>{words.versions}</h3>
      {known !== null && known.versions.length === 0 ? <p class="quiet">{words.noVersions}</p> : null}
      <ul id="versions" class="labels">
        {known?.versions.toReversed().map((one) => (
          <li key={one.version}>
            <span>
              {words.version} {one.version} · {one.from} · {one.author} · {moment(one.at, lang)}
            </span>
            {one.version === newest ? (
              <small class="tag">
                {words.inUse}, {known.entries} {words.entries}
              </small>
            ) : !may("settings") ? null : (
              <button type="button" class="small back" disabled={busy} onClick={() => void back(one.version)}>
                {words.back}
              </button>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface WriteProps extends Pick<Props, "words" | "lang"> {
  cluster: Cluster;
  known: Knowledge;
  busy: boolean;
  approve: (body: unknown) => Promise<void>;
  cancel: () => void;
}

// An answer in either language, or the flow that the words are an example of.
function Write({ cluster, known, words, lang, busy, approve, cancel }: WriteProps) {
  const [question, setQuestion] = useState(cluster.examples[0] ?? "");
  const [zh, setZH] = useState("");
  const [en, setEN] = useState("");
  const [flow, setFlow] = useState("");
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => first.current?.focus(), []);
  const send = (event: Event) => {
    event.preventDefault();
    const phrasings = cluster.examples.filter((text) => text !== question);
    void approve({ question, phrasings, zh, en, flow });
  };

  return (
    <form id="write" class="writing" onSubmit={send} onKeyDown={(event) => event.key === "Escape" && cancel()}>
      <label class="field">
        <span>{words.question}</span>
        <input name="question" type="text" required value={question} onInput={(event) => setQuestion(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.zh}</span>
        <textarea name="zh" rows={2} ref={lang === "zh" ? first : null} value={zh} onInput={(event) => setZH(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.en}</span>
        <textarea name="en" rows={2} ref={lang === "en" ? first : null} value={en} onInput={(event) => setEN(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.leads}</span>
        <select name="flow" value={flow} onChange={(event) => setFlow(event.currentTarget.value)}>
          <option value="">{words.noFlow}</option>
          {known.flows.map((one) => (
            <option key={one.flow} value={one.flow}>
              {one[lang] || one.flow}
            </option>
          ))}
        </select>
      </label>
      <div class="actions">
        <button id="approve" type="submit" class="strong" disabled={busy || (zh === "" && en === "" && flow === "")}>
          {busy ? words.taking : words.approve}
        </button>
        <button type="button" onClick={cancel}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
