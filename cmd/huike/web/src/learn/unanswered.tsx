// What callers said that was not answered, and what a person makes of it.

import { useEffect, useState } from "preact/hooks";
import type { Props } from "./main";

interface Cluster {
  count: number;
  examples: string[];
  answered: boolean;
}

interface Knowledge {
  n: number;
  answered_now: number;
  entries: number;
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
export function Unanswered({ ask, words, lang }: Props) {
  const [known, setKnown] = useState<Knowledge | null>(null);
  const [wrong, setWrong] = useState("");
  const [learned, setLearned] = useState<Learned | null>(null);
  const [at, setAt] = useState(-1);
  const load = async (path = "/v1/knowledge", method = "GET", body?: unknown) => {
    try {
      setKnown((await ask(method, path, body)) as Knowledge);
      setWrong("");
    } catch (error) {
      setWrong(String((error as Error).message));
    }
  };
  useEffect(() => void load(), []);
  const approve = async (body: unknown) => {
    try {
      setLearned((await ask("POST", "/v1/knowledge/approve", body)) as Learned);
      setAt(-1);
      await load();
    } catch (error) {
      setWrong(String((error as Error).message));
    }
  };
  const newest = known?.versions.at(-1)?.version;

  return (
    <section id="unanswered" class="card" aria-labelledby="unanswered-title">
      <div class="head">
        <h2 id="unanswered-title">{words.unanswered}</h2>
        {known === null ? null : <span id="rate">{words.rate(known.answered_now, known.n)}</span>}
      </div>
      {wrong === "" ? null : (
        <div class="failure" role="alert">
          <strong>{wrong}</strong>
        </div>
      )}
      {learned === null ? null : (
        <p id="learned" role="status">
          {words.learned(learned.before, learned.after, learned.n)}
        </p>
      )}
      {known === null ? <p class="quiet">{words.loading}</p> : null}
      {known !== null && known.clusters.length === 0 ? <p class="quiet">{words.none}</p> : null}
      <ul class="labels">
        {known?.clusters.map((one, i) => (
          <li key={one.examples[0]} class="cluster" data-answered={one.answered}>
            <div>
              <strong class="figure">{words.times(one.count)}</strong> {one.examples.join(" / ")} <small class="tag">{one.answered ? words.answered : words.open}</small>
              {at === i ? <Write cluster={one} known={known} words={words} lang={lang} approve={approve} cancel={() => setAt(-1)} /> : null}
            </div>
            {at === i ? null : (
              <button type="button" class="small write" onClick={() => setAt(i)}>
                {words.write}
              </button>
            )}
          </li>
        ))}
      </ul>
      <h3>{words.versions}</h3>
      <ul id="versions" class="labels">
        {known?.versions.toReversed().map((one) => (
          <li key={one.version}>
            <span>
              {words.version} {one.version} · {one.from} · {one.author} · {new Date(one.at).toLocaleString(lang)}
            </span>
            {one.version === newest ? (
              <small class="tag">
                {words.inUse}, {known.entries} {words.entries}
              </small>
            ) : (
              <button type="button" class="small back" onClick={() => void load("/v1/knowledge/rollback", "POST", { version: one.version })}>
                {words.back}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface WriteProps extends Pick<Props, "words" | "lang"> {
  cluster: Cluster;
  known: Knowledge;
  approve: (body: unknown) => Promise<void>;
  cancel: () => void;
}

// An answer in either language, or the flow that the words are an example of.
function Write({ cluster, known, words, lang, approve, cancel }: WriteProps) {
  const [question, setQuestion] = useState(cluster.examples[0] ?? "");
  const [zh, setZH] = useState("");
  const [en, setEN] = useState("");
  const [flow, setFlow] = useState("");
  const send = (event: Event) => {
    event.preventDefault();
    const phrasings = cluster.examples.filter((text) => text !== question);
    void approve({ question, phrasings, zh, en, flow });
  };

  return (
    <form id="write" onSubmit={send}>
      <label class="field">
        <span>{words.question}</span>
        <input name="question" required value={question} onInput={(event) => setQuestion(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.zh}</span>
        <textarea name="zh" rows={2} value={zh} onInput={(event) => setZH(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{words.en}</span>
        <textarea name="en" rows={2} value={en} onInput={(event) => setEN(event.currentTarget.value)} />
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
        <button id="approve" type="submit" class="strong" disabled={zh === "" && en === "" && flow === ""}>
          {words.approve}
        </button>
        <button type="button" onClick={cancel}>
          {words.cancel}
        </button>
      </div>
    </form>
  );
}
