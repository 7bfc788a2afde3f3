// Members are found by number, name or tag, and shown masked.

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, type Problem } from "./ask";
import { Card, TagChip, Tier, Trouble, type Props } from "./parts";
import { addressOf } from "./route";
import { language, percent } from "./shown";

interface Hit {
  id: string;
  name?: string;
  phone?: string;
  tier?: string;
  lang?: string;
  tags?: string[];
  risk?: number;
}

interface Found {
  items: Hit[];
  next?: string;
}

// wishOf reads what a number of the figures stands for; null where the address asks nothing.
export function wishOf(asked: Record<string, string>): object | null {
  const { segment, risk, warn } = asked;
  if (segment !== undefined) return { segment };
  if (warn !== undefined) return { warn };
  const [from, to] = (risk ?? "").split("-").map(Number);

  return from === undefined || to === undefined || Number.isNaN(from + to) ? null : { risk: { from, to } };
}

function conditionOf(asked: Record<string, string>, words: Props["words"], lang: Props["lang"]) {
  const { segment, risk, warn } = asked;
  if (segment !== undefined) return <code>{segment}</code>;
  if (warn !== undefined) return words.warned[warn] ?? warn;
  const [from = 0, to = 0] = (risk ?? "").split("-").map(Number);

  return words.whoAre(words.riskBetween(percent(from, lang), percent(to, lang)));
}

/** Search is the page on which members are looked for. */
export function Search({ client, words, lang, may, asked }: Props & { asked: Record<string, string> }) {
  const [query, setQuery] = useState("");
  const [tag, setTag] = useState("");
  const [found, setFound] = useState<{ wish: object; items: Hit[]; next: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const [left, setLeft] = useState(false);
  const asks = JSON.stringify(asked);
  const given = left ? null : wishOf(asked);
  useEffect(() => setLeft(false), [asks]);
  useEffect(() => {
    const wish = wishOf(asked);
    setFound(null);
    if (wish !== null) void look(wish, [], "");
  }, [asks]);

  const look = async (wish: object, before: Hit[], cursor: string) => {
    setBusy(true);
    setProblem(null);
    try {
      const { value } = await client.ask<Found>("POST", "/v1/members/search", cursor === "" ? wish : { ...wish, cursor });
      setFound({ wish, items: [...before, ...value.items], next: value.next ?? "" });
    } catch (error) {
      setFound(null);
      setProblem(problemOf(error));
    }
    setBusy(false);
  };
  const start = (event: Event) => {
    event.preventDefault();
    const wish = query.trim() !== "" ? { q: query.trim() } : { tag: tag.trim() };
    if (query.trim() === "" && tag.trim() === "") return;
    if (given !== null) history.replaceState(null, "", addressOf("search")); // the condition is left
    setLeft(true);
    void look(wish, [], "");
  };

  return (
    <Card id="search" title={words.pages.search} wide>
      <form class="asking" role="search" onSubmit={start}>
        <label class="field grow">
          <span>{words.searchLabel}</span>
          <input id="q" ref={field} type="text" autocomplete="off" value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{words.searchTag}</span>
          <input id="q-tag" type="text" autocomplete="off" value={tag} disabled={query.trim() !== ""} onInput={(event) => setTag(event.currentTarget.value)} />
        </label>
        <button type="submit" class="strong" disabled={busy}>
          {words.find}
        </button>
      </form>
      {given === null ? (
        <p class="quiet">{words.searchHint}</p>
      ) : (
        <p id="condition" class="notice">
          {conditionOf(asked, words, lang)} {asked["segment"] !== undefined && may("count") ? <a href={addressOf("segments", "", { segment: asked["segment"] })}>{words.asSegment}</a> : null} <a href={addressOf("search")}>{words.everybody}</a>
        </p>
      )}
      <Trouble problem={problem} words={words} />
      <p class="quiet" role="status" id="found">
        {busy && found === null ? words.loading : found === null ? "" : found.items.length === 0 ? (given !== null || "tag" in found.wish ? words.nobodyOf : words.nobody) : words.found(found.items.length)}
      </p>
      {found !== null && found.items.length > 0 ? <Results items={found.items} words={words} lang={lang} /> : null}
      {found !== null && found.next !== "" ? (
        <button type="button" disabled={busy} onClick={() => void look(found.wish, found.items, found.next)}>
          {words.more}
        </button>
      ) : null}
    </Card>
  );
}

function Results({ items, words, lang }: { items: Hit[]; words: Props["words"]; lang: Props["lang"] }) {
  const c = words.columns;
  const risky = items.some((hit) => hit.risk !== undefined);

  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.pages.search}>
      <table class="list" id="results">
        <thead>
          <tr>
            <th scope="col">{c.name}</th>
            <th scope="col">{c.phone}</th>
            <th scope="col">{c.tier}</th>
            <th scope="col">{c.lang}</th>
            {risky ? <th scope="col" class="right">{words.risk}</th> : null}
            <th scope="col">{c.tags}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((hit) => (
            <tr key={hit.id} data-id={hit.id}>
              <th scope="row">
                <a href={addressOf("person", hit.id)}>{hit.name ?? hit.id}</a>
              </th>
              <td class="figure">{hit.phone ?? ""}</td>
              <td>
                <Tier tier={hit.tier} lang={lang} />
              </td>
              <td>{language(hit.lang, lang)}</td>
              {risky ? <td class="right figure">{hit.risk === undefined ? "" : percent(hit.risk, lang)}</td> : null}
              <td>
                <span class="tags">
                  {(hit.tags ?? []).map((name) => (
                    <TagChip key={name} name={name} lang={lang} />
                  ))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
