// Which records are one person's: what waits for a decision, and what was decided.

import { useState } from "preact/hooks";
import { problemOf, useAsk, type Problem } from "./ask";
import { Card, Trouble, type Props } from "./parts";
import { addressOf } from "./route";
import { moment } from "./shown";

interface Pair {
  one: string;
  other: string;
  score: number;
  evidence: string[];
}

interface Merge {
  number: number;
  at: string;
  kept: string;
  gone: string;
  author: string;
  reason: string;
  undone: string | null;
}

/** Merges is the page of decisions. */
export function Merges({ client, words, lang }: Props) {
  const pairs = useAsk<{ items: Pair[] }>(client, "/v1/matches");
  const merges = useAsk<{ items: Merge[] }>(client, "/v1/merges");
  const [problem, setProblem] = useState<Problem | null>(null);
  const act = async (method: string, path: string, body?: object) => {
    try {
      await client.ask(method, path, body);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
    pairs.again();
    merges.again();
  };
  const link = (id: string) => <a href={addressOf("person", id)}>{id}</a>;

  return (
    <>
      <Trouble problem={problem ?? pairs.problem ?? merges.problem} words={words} />
      <Card id="pairs" title={words.pairs} wide>
        {pairs.value !== null && pairs.value.items.length === 0 ? <p class="quiet">{words.pairsNone}</p> : null}
        <ul class="decisions">
          {(pairs.value?.items ?? []).map((pair) => (
            <li key={pair.one + pair.other}>
              <div>
                {link(pair.one)} · {link(pair.other)}
                <p class="quiet">{pair.evidence.join(", ")}</p>
              </div>
              <meter min={0} max={100} value={pair.score} aria-label={`${pair.score} / 100`} />
              <button type="button" onClick={() => void act("POST", "/v1/matches", { keep: pair.one, other: pair.other, same: true })}>
                {words.onePerson}
              </button>
              <button type="button" onClick={() => void act("POST", "/v1/matches", { keep: pair.one, other: pair.other, same: false })}>
                {words.twoPeople}
              </button>
            </li>
          ))}
        </ul>
      </Card>
      <Card id="merged" title={words.merged} wide>
        {merges.value !== null && merges.value.items.length === 0 ? <p class="quiet">{words.none}</p> : null}
        <ul class="decisions">
          {(merges.value?.items ?? []).map((merge) => (
            <li key={merge.number} data-number={merge.number}>
              <div>
                {link(merge.gone)} → {link(merge.kept)}
                <p class="quiet">
                  {moment(merge.at, lang)} · {merge.author} · {merge.reason}
                </p>
              </div>
              {merge.undone === null ? (
                <button type="button" onClick={() => void act("DELETE", `/v1/merges/${merge.number}`)}>
                  {words.undo}
                </button>
              ) : (
                <span class="quiet">{words.undone}</span>
              )}
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}
