// Every finished call, held to the shop's rules.

import { useAsk } from "../members/ask";
import { Card, Trouble, Waiting } from "../members/parts";
import { count, moment } from "../members/shown";
import type { Props } from "./props";

interface Report {
  calls: number;
  scored: number;
  clean: number;
  violations: Record<string, number>;
  list: { id: string; title: Record<string, string>; holds: string }[];
  broken: { call: string; began: string; broken: string[] }[];
}

/** Quality shows how many calls were held to the rules, and which were broken. */
export function Quality({ client, words, lang }: Props) {
  const asked = useAsk<Report>(client, "/v1/quality");
  const report = asked.value;
  if (report === null) return <Card id="quality" title={words.quality}>{asked.problem === null ? <Waiting words={words} /> : <Trouble problem={asked.problem} words={words} again={asked.again} />}</Card>;
  const title = (id: string) => report.list.find((rule) => rule.id === id)?.title[lang] ?? id;
  const aside = <span id="coverage">{`${words.covered(report.scored, report.calls)} · ${words.clean(report.clean)}`}</span>;

  return (
    <Card id="quality" title={words.quality} aside={aside}>
      {report.calls === 0 ? <p class="quiet">{words.noCalls}</p> : null}
      <div class="scroll" tabIndex={0} role="region" aria-label={words.quality}>
        <table class="list">
          <thead>
            <tr>
              <th scope="col">{words.rule}</th>
              <th scope="col" class="right">{words.broken}</th>
            </tr>
          </thead>
          <tbody>
            {report.list.map((rule) => (
              <tr key={rule.id} data-rule={rule.id}>
                <th scope="row" title={rule.holds}>{title(rule.id)}</th>
                <td class="figure right">{count(report.violations[rule.id] ?? 0, lang)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {report.broken.length === 0 ? null : <h3>{words.calls}</h3>}
      <ul class="labels">
        {report.broken.slice(0, 50).map((one) => (
          <li key={one.call} data-call={one.call}>
            <time dateTime={one.began}>{moment(one.began, lang)}</time>
            <span>{one.broken.map(title).join(" · ")}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
