// What rules would change, tag by tag and tier by tier.

import { tagName } from "../desk/terms";
import { wordsOf as mainWords } from "../words";
import type { Props } from "./parts";
import { count } from "./shown";

interface Effect {
  name: string;
  now: number;
  then: number;
  gain: number;
  lose: number;
  gone?: boolean;
  fail?: string;
}

export interface Trial {
  of: number;
  seen: number;
  tags: Effect[];
  tiers: Effect[];
}

/** Effects is the count of members beside the editor. */
export function Effects({ trial, words, lang }: { trial: Trial | null } & Pick<Props, "words" | "lang">) {
  const whole = trial !== null && trial.seen < trial.of;

  return (
    <div id="effects" class="effects" aria-live="polite" data-seen={trial?.seen ?? ""}>
      <h3>{words.effects}</h3>
      {trial === null ? <p class="quiet">{words.effectsNone}</p> : null}
      {trial === null ? null : (
        <>
          <Table label={words.tags} rows={trial.tags} name={(name) => tagName(name, lang)} words={words} lang={lang} />
          <Table label={words.tiersTitle} rows={trial.tiers.filter((one) => one.name !== "" || one.now > 0 || one.then > 0)} name={(name) => (name === "" ? words.none : (mainWords(lang).tiers[name] ?? name))} words={words} lang={lang} />
          <p class="quiet">{whole ? words.effectsSome(count(trial.seen, lang), count(trial.of, lang)) : words.effectsAll(count(trial.of, lang))}</p>
        </>
      )}
    </div>
  );
}

function Table({ label, rows, name, words, lang }: { label: string; rows: Effect[]; name: (name: string) => string } & Pick<Props, "words" | "lang">) {
  if (rows.length === 0) return null;

  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">{label}</th>
          <th scope="col" class="right">
            {words.today}
          </th>
          <th scope="col" class="right">
            {words.would}
          </th>
          <th scope="col" class="right">
            {words.change}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name} data-name={row.name} data-now={row.now} data-then={row.then} class={row.gone === true ? "gone" : ""}>
            <th scope="row">
              {name(row.name)}
              {row.gone === true ? <small class="quiet"> {words.noRule}</small> : null}
              {row.fail ? <small class="alarm"> {row.fail}</small> : null}
            </th>
            <td class="right figure">{count(row.now, lang)}</td>
            <td class="right figure">{count(row.then, lang)}</td>
            <td class="right figure">{row.gain + row.lose === 0 ? <span aria-label="0">–</span> : [row.gain > 0 ? `+${count(row.gain, lang)}` : "", row.lose > 0 ? `−${count(row.lose, lang)}` : ""].filter(Boolean).join(" ")}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
