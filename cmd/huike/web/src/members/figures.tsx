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

const go = (address: string): void => void (location.hash = address);
const riskOf = (bar: { from: number; to: number } | undefined): Record<string, string> => ({ risk: `${bar?.from ?? 0}-${bar?.to ?? 1}` });

// Members behind a number are listed by the search for who may list, counted for who may not.
function listed(may: Props["may"], segment: string): string {
  return addressOf(may("list") ? "search" : "segments", "", { segment });
}

/** Figures is the page of pictures. */
export function Figures({ client, words, lang, may }: Props) {
  const tiers = useAsk<Tiers>(client, "/v1/tiers");
  const scores = useAsk<Scores>(client, "/v1/rfm");
  const names = (tiers.value?.tiers ?? []).map((tier) => (tier.name === "" ? words.none : (mainWords(lang).tiers[tier.name] ?? tier.name)));

  return (
    <div class="figures">
      <Card id="tiers" title={words.tiersTitle}>
        <Trouble problem={tiers.problem} words={words} again={tiers.again} />
        {tiers.value === null ? <Waiting words={words} /> : <Chart id="tiers-chart" label={words.tiersTitle} names={names} values={tiers.value.tiers.map((tier) => tier.members)} open={(i) => go(listed(may, `tier == ${JSON.stringify(tiers.value?.tiers[i]?.name ?? "")}`))} />}
        <ul class="legend-list">
          {(tiers.value?.tiers ?? []).map((tier, i) => (
            <li key={tier.name}>
              <a href={listed(may, `tier == ${JSON.stringify(tier.name)}`)}>{names[i]}</a> {count(tier.members, lang)}
              {tier.rights?.discount ? ` · ${words.discount(tier.rights.discount)}` : ""}
              {tier.rights?.priority ? ` · ${words.priority} ${tier.rights.priority}` : ""}
            </li>
          ))}
        </ul>
      </Card>
      <Card id="rfm" title={words.rfmTitle}>
        <Trouble problem={scores.problem} words={words} again={scores.again} />
        {scores.value === null ? <Waiting words={words} /> : <Heat scores={scores.value} words={words} lang={lang} may={may} />}
      </Card>
      <Card id="money" title={words.moneyTitle}>
        {scores.value === null ? <Waiting words={words} /> : <Chart id="money-chart" label={words.moneyTitle} names={["1", "2", "3", "4", "5"]} values={by(scores.value.cells, "m")} open={(i) => go(listed(may, `m == ${i + 1}`))} />}
        <ul class="legend-list">
          {by(scores.value?.cells ?? [], "m").map((n, i) => (
            <li key={i}>
              <a href={listed(may, `m == ${i + 1}`)}>{`M ${i + 1}`}</a> {count(n, lang)}
            </li>
          ))}
        </ul>
      </Card>
      <Churn client={client} words={words} lang={lang} may={may} />
    </div>
  );
}

interface Risks {
  of: number;
  bars: { from: number; to: number; members: number }[];
  half: number;
  overdue: number;
}

// The risk of no order for 90 days, a tenth each bar, and the shop floor's rule beside it.
function Churn({ client, words, lang, may }: Props) {
  const asked = useAsk<Risks>(client, "/v1/churn");
  const found = asked.value;
  const name = (bar: { from: number; to: number }) => `${Math.round(bar.from * 100)}–${Math.round(bar.to * 100)} %`;
  const link = (query: Record<string, string>, text: string) => (may("list") ? <a href={addressOf("search", "", query)}>{text}</a> : text);

  return (
    <Card id="churn" title={words.churnTitle}>
      <Trouble problem={asked.problem} words={words} again={asked.again} />
      {found === null && asked.problem === null ? <Waiting words={words} /> : null}
      {found === null ? null : (
        <>
          {found.bars.length === 0 ? (
            <p class="quiet">{words.churnNone}</p>
          ) : (
            <>
              <Chart id="churn-chart" label={words.churnTitle} names={found.bars.map((bar) => String(Math.round(bar.from * 100)))} values={found.bars.map((bar) => bar.members)} {...(may("list") ? { open: (i: number) => go(addressOf("search", "", riskOf(found.bars[i]))) } : {})} />
              <ul class="legend-list">
                {found.bars.map((bar) => (
                  <li key={bar.from} data-from={bar.from}>
                    {bar.members === 0 ? name(bar) : link(riskOf(bar), name(bar))} {count(bar.members, lang)}
                  </li>
                ))}
              </ul>
            </>
          )}
          <p class="quiet">{words.churnNote(count(found.of, lang))}</p>
          <ul class="legend-list">
            <li>
              {link({ warn: "half" }, words.warned["half"] ?? "")} {count(found.half, lang)}
            </li>
            <li>
              {link({ warn: "overdue" }, words.warned["overdue"] ?? "")} {count(found.overdue, lang)}
            </li>
          </ul>
        </>
      )}
    </Card>
  );
}

function Heat({ scores, words, lang, may }: { scores: Scores } & Pick<Props, "words" | "lang" | "may">) {
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
                    {n === 0 ? <span aria-hidden="true">·</span> : <a href={listed(may, `r == ${r} and f == ${f}`)} aria-label={`R ${r}, F ${f}: ${words.found(n)}`}>{count(n, lang)}</a>}
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
