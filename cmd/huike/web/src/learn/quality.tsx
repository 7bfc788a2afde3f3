// Every finished call, held to the shop's rules.

import { useEffect, useState } from "preact/hooks";
import type { Props } from "./main";

interface Report {
  calls: number;
  scored: number;
  clean: number;
  violations: Record<string, number>;
  list: { id: string; title: Record<string, string>; holds: string }[];
  broken: { call: string; began: string; broken: string[] }[];
}

/** Quality shows how many calls were held to the rules, and which were broken. */
export function Quality({ ask, words, lang }: Props) {
  const [report, setReport] = useState<Report | null>(null);
  const [wrong, setWrong] = useState("");
  useEffect(() => {
    ask("GET", "/v1/quality").then(
      (answer) => setReport(answer as Report),
      (error: Error) => setWrong(error.message),
    );
  }, []);
  if (report === null) return <p class="quiet">{wrong || words.loading}</p>;
  const title = (id: string) => report.list.find((rule) => rule.id === id)?.title[lang] ?? id;

  return (
    <section id="quality" class="card" aria-labelledby="quality-title">
      <div class="head">
        <h2 id="quality-title">{words.quality}</h2>
        <span id="coverage">
          {words.covered(report.scored, report.calls)} · {words.clean(report.clean)}
        </span>
      </div>
      <div class="scroll">
        <table class="list">
          <thead>
            <tr>
              <th>{words.rule}</th>
              <th>{words.broken}</th>
            </tr>
          </thead>
          <tbody>
            {report.list.map((rule) => (
              <tr key={rule.id} data-rule={rule.id}>
                <th title={rule.holds}>{title(rule.id)}</th>
                <td class="figure">{report.violations[rule.id] ?? 0}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {report.broken.length === 0 ? null : <h3>{words.calls}</h3>}
      <ul class="labels">
        {report.broken.slice(0, 50).map((one) => (
          <li key={one.call} data-call={one.call}>
            <time>{new Date(one.began).toLocaleString(lang)}</time>
            <span>{one.broken.map(title).join(" · ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
