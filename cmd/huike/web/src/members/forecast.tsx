// What is expected of a member, as a picture, with what it rests on.

import { Fact } from "../parts";
import { useAsk } from "./ask";
import { Chart } from "./chart";
import { Card, Trouble, Waiting, type Props } from "./parts";
import { day, money, percent } from "./shown";

interface Forecast {
  next: { on: string; from: string; to: string; basis: string } | null;
  alive: number | null;
  expected: number;
  value: number;
  lost: number | null;
  warning: { half: boolean; overdue: boolean; cycle: number; silent: number; gaps: number } | null;
  evidence: { days: number; members: number; model?: string; bought: { at: string; money: number }[] };
  notes: string[];
}

/** months adds up what was spent in each of the last twelve months with an order. */
export function months(bought: readonly { at: string; money: number }[]): { name: string; value: number }[] {
  const sums = new Map<string, number>();
  for (const one of bought) sums.set(one.at.slice(0, 7), (sums.get(one.at.slice(0, 7)) ?? 0) + one.money);

  return [...sums].map(([name, value]) => ({ name, value })).slice(-12);
}

/** Predictions shows what is expected. */
export function Predictions({ client, words, lang, id, version }: Props & { id: string; version: number }) {
  const asked = useAsk<Forecast>(client, `/v1/members/${encodeURIComponent(id)}/predictions`, version);
  const f = asked.value;
  if (f === null) return <Card id="predictions" title={words.predictions}>{asked.problem === null ? <Waiting words={words} /> : <Trouble problem={asked.problem} words={words} again={asked.again} />}</Card>;
  const spent = months(f.evidence.bought);

  return (
    <Card id="predictions" title={words.predictions}>
      <dl class="tiles">
        <Fact name={words.next} value={f.next === null ? words.unknown : day(f.next.on, lang)} />
        <Fact name={words.aliveName} value={f.alive === null ? words.unknown : percent(f.alive, lang)} />
        <Fact name={words.lost} value={f.lost === null ? words.unknown : percent(f.lost, lang)} />
        <Fact name={words.yearly} value={f.expected === 0 ? words.unknown : `${f.expected.toFixed(1)}${f.value > 0 ? ` · ${money(Math.round(f.value), lang)}` : ""}`} />
      </dl>
      {f.warning?.overdue === true ? <p class="notice">{words.overdue(f.warning.silent.toFixed(0), f.warning.cycle.toFixed(0))}</p> : f.warning?.half === true ? <p class="quiet">{words.halfOver(f.warning.silent.toFixed(0), f.warning.cycle.toFixed(0))}</p> : null}
      {spent.length > 0 ? (
        <div>
          <h3>{words.byMonth}</h3>
          <Chart id="spent-chart" label={words.byMonth} names={spent.map((one) => one.name)} values={spent.map((one) => one.value)} shown={(value) => money(Math.round(value), lang)} />
        </div>
      ) : null}
      <details>
        <summary>{words.restsOn}</summary>
        <ul class="why">
          {f.next === null ? null : <li>{words.nextWithin(day(f.next.from, lang), day(f.next.to, lang), f.next.basis === "gap" ? words.basisGap : words.basisModel)}</li>}
          <li>{words.restsDays(f.evidence.days)}</li>
          {f.warning === null ? null : <li>{words.restsCycle(f.warning.cycle.toFixed(0), f.warning.gaps, f.warning.silent.toFixed(0))}</li>}
          {f.evidence.model === undefined ? null : <li>{words.restsModel(f.evidence.model, f.evidence.members)}</li>}
          {f.notes.map((note) => (
            <li key={note}>{words.notFitted[note] ?? note}</li>
          ))}
        </ul>
      </details>
    </Card>
  );
}
