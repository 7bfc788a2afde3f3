// Files of members and events: how far each has come, and which lines were refused.

import { useEffect, useState } from "preact/hooks";
import { problemOf, useAsk, type Problem } from "./ask";
import { Card, Trouble, type Props } from "./parts";
import { count, moment, percent } from "./shown";

interface Job {
  id: string;
  kind: string;
  state: string;
  by: string;
  began: string;
  bytes: number;
  of: number;
  rows: number;
  accepted: number;
  duplicate: number;
  refused: number;
  lines: { line: number; reason: string }[];
  error?: string;
}

/** Imports is the page of files. */
export function Imports({ client, words, lang }: Props) {
  const asked = useAsk<{ items: Job[] }>(client, "/v1/imports");
  const [kind, setKind] = useState("members");
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const running = (asked.value?.items ?? []).some((job) => job.state === "running");
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(asked.again, 500);

    return () => clearInterval(timer);
  }, [running, asked.again]);
  const send = async (event: Event) => {
    event.preventDefault();
    if (file === null) return;
    try {
      await client.send("POST", `/v1/imports?kind=${kind}`, file, { "Content-Type": "text/csv" });
      setProblem(null);
      asked.again();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };

  return (
    <Card id="imports" title={words.pages.imports} wide>
      <form class="asking" onSubmit={(event) => void send(event)}>
        <label class="field">
          <span>{words.importKind}</span>
          <select id="import-kind" value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
            <option value="members">{words.importMembers}</option>
            <option value="events">{words.importEvents}</option>
          </select>
        </label>
        <label class="field grow">
          <span>{words.importFile}</span>
          <input id="import-file" type="file" accept=".csv,text/csv" required onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)} />
        </label>
        <button type="submit" class="strong" disabled={file === null}>
          {words.importStart}
        </button>
      </form>
      <p class="quiet">{kind === "members" ? words.importHelpMembers : words.importHelpEvents}</p>
      <Trouble problem={problem ?? asked.problem} words={words} again={asked.again} />
      <ul class="jobs">
        {(asked.value?.items ?? []).map((job) => (
          <li key={job.id} data-state={job.state}>
            <div class="head">
              <strong>
                {job.kind === "members" ? words.importMembers : words.importEvents} · {words.states[job.state] ?? job.state}
              </strong>
              <span class="quiet">
                {moment(job.began, lang)} · {job.by}
              </span>
            </div>
            <progress max={Math.max(1, job.of)} value={job.bytes} aria-label={words.states[job.state] ?? job.state} />
            <p>
              {percent(job.of === 0 ? 1 : job.bytes / job.of, lang)} · {words.importCounts(count(job.accepted, lang), count(job.duplicate, lang), count(job.refused, lang))}
            </p>
            {job.error ? <code>{job.error}</code> : null}
            {job.lines.length > 0 ? (
              <details open>
                <summary>{words.importRefused(count(job.refused, lang))}</summary>
                <ul>
                  {job.lines.slice(0, 100).map((line, i) => (
                    <li key={i}>
                      {words.importLine(line.line)} {line.reason}
                    </li>
                  ))}
                </ul>
              </details>
            ) : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}
