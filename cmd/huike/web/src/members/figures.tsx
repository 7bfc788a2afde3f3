// All members in pictures: tiers, and who buys how lately, how often and for how much.

import { wordsOf as mainWords } from "../words";
import { useAsk } from "./ask";
import { Chart } from "./chart";
import { Card, Trouble, Waiting, type Props } from "./parts";
import { addressOf } from "./route";
import { count } from "./shown";

interface Tiers {
  of: number;
  tiers: { name: string; members: number; rule: boolean; rights?: { discount?: number; priority?: number } }[];
}

export interface Cell {
  r: number;
  f: number;
  m: number;
  members: number;
}

interface Scores {
  of: number;
  without_orders: number;
  cells: Cell[];
}

/** grid adds up scores by recency and frequency. */
export function grid(cells: readonly Cell[]): number[][] {
  const sums = [0, 1, 2, 3, 4, 5].map(() => [0, 0, 0, 0, 0, 0]);
  for (const cell of cells) {
    const row = sums[cell.r];
    if (row !== undefined) row[cell.f] = (row[cell.f] ?? 0) + cell.members;
  }

  return sums;
}

/** by adds up scores of one kind, from 1 to 5. */
export function by(cells: readonly Cell[], score: "r" | "f" | "m"): number[] {
  return [1, 2, 3, 4, 5].map((n) => cells.filter((cell) => cell[score] === n).reduce((sum, cell) => sum + cell.members, 0));
}

/** Figures is the page of pictures. */
export function Figures({ client, words, lang }: Props) {
  const tiers = useAsk<Tiers>(client, "/v1/tiers");
  const scores = useAsk<Scores>(client, "/v1/rfm");
  const names = (tiers.value?.tiers ?? []).map((tier) => (tier.name === "" ? words.none : (mainWords(lang).tiers[tier.name] ?? tier.name)));

  return (
    <div class="figures">
      <Card id="tiers" title={words.tiersTitle}>
        <Trouble problem={tiers.problem} words={words} again={tiers.again} />
        {tiers.value === null ? <Waiting words={words} /> : <Chart id="tiers-chart" label={words.tiersTitle} names={names} values={tiers.value.tiers.map((tier) => tier.members)} />}
        <ul class="legend-list">
          {(tiers.value?.tiers ?? []).map((tier, i) => (
            <li key={tier.name}>
              <a href={addressOf("segments", "", { segment: `tier == ${JSON.stringify(tier.name)}` })}>{names[i]}</a> {count(tier.members, lang)}
              {tier.rights?.discount ? ` · ${words.discount(tier.rights.discount)}` : ""}
              {tier.rights?.priority ? ` · ${words.priority} ${tier.rights.priority}` : ""}
            </li>
          ))}
        </ul>
      </Card>
      <Card id="rfm" title={words.rfmTitle}>
        <Trouble problem={scores.problem} words={words} again={scores.again} />
        {scores.value === null ? <Waiting words={words} /> : <Heat scores={scores.value} words={words} lang={lang} />}
      </Card>
      <Card id="money" title={words.moneyTitle}>
        {scores.value === null ? <Waiting words={words} /> : <Chart id="money-chart" label={words.moneyTitle} names={["1", "2", "3", "4", "5"]} values={by(scores.value.cells, "m")} />}
      </Card>
      <Card id="churn" title={words.churnTitle}>
        {scores.value === null ? <Waiting words={words} /> : <Chart id="churn-chart" label={words.churnTitle} names={["1", "2", "3", "4", "5"]} values={[1, 2, 3, 4, 5].map((r) => grid(scores.value?.cells ?? [])[r]?.slice(3).reduce((a, b) => a + b, 0) ?? 0)} />}
        <p class="quiet">{words.churnNote}</p>
        <a href={addressOf("segments", "", { segment: "f >= 3 and r <= 2" })}>{words.churnLink}</a>
      </Card>
    </div>
  );
}

function Heat({ scores, words, lang }: { scores: Scores; words: Props["words"]; lang: Props["lang"] }) {
  const sums = grid(scores.cells);
  const most = Math.max(1, ...sums.flat());

  return (
    <>
      <table class="heat">
        <caption class="quiet">{words.rfmNote}</caption>
        <thead>
          <tr>
            <th scope="col">{words.rfmAxes}</th>
            {[1, 2, 3, 4, 5].map((f) => (
              <th key={f} scope="col">
                {f}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[5, 4, 3, 2, 1].map((r) => (
            <tr key={r}>
              <th scope="row">{r}</th>
              {[1, 2, 3, 4, 5].map((f) => {
                const n = sums[r]?.[f] ?? 0;
                const level = n === 0 ? 0 : Math.max(1, Math.ceil((4 * n) / most));

                return (
                  <td key={f} class={`heat-${level}`}>
                    {n === 0 ? <span aria-hidden="true">·</span> : <a href={addressOf("segments", "", { segment: `r == ${r} and f == ${f}` })}>{count(n, lang)}</a>}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="quiet">{words.rfmNever(count(scores.without_orders, lang), count(scores.of, lang))}</p>
    </>
  );
}
