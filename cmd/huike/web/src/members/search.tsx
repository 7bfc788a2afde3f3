// Members are found by number, name or tag, and shown masked.

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, type Problem } from "./ask";
import { Card, TagChip, Tier, Trouble, type Props } from "./parts";
import { addressOf } from "./route";
import { language } from "./shown";

interface Hit {
  id: string;
  name?: string;
  phone?: string;
  tier?: string;
  lang?: string;
  tags?: string[];
}

interface Found {
  items: Hit[];
  next?: string;
}

/** Search is the page on which members are looked for. */
export function Search({ client, words, lang }: Props) {
  const [query, setQuery] = useState("");
  const [tag, setTag] = useState("");
  const [found, setFound] = useState<{ wish: object; items: Hit[]; next: string } | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);

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
    if (query.trim() !== "" || tag.trim() !== "") void look(wish, [], "");
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
      <p class="quiet">{words.searchHint}</p>
      <Trouble problem={problem} words={words} />
      <p class="quiet" role="status" id="found">
        {found === null ? "" : found.items.length === 0 ? words.nobody : words.found(found.items.length)}
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

  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={words.pages.search}>
      <table class="list" id="results">
        <thead>
          <tr>
            <th scope="col">{c.name}</th>
            <th scope="col">{c.phone}</th>
            <th scope="col">{c.tier}</th>
            <th scope="col">{c.lang}</th>
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
