// What happened between a member and the shop, newest first, a page at a time.

import { useEffect, useState } from "preact/hooks";
import { wordsOf as mainWords, type Lang } from "../words";
import { channelName, happeningName, pointsName, tagName } from "../desk/terms";
import { problemOf, type Problem } from "./ask";
import { Card, Trouble, Waiting, type Props } from "./parts";
import { money, moment } from "./shown";
import type { Words } from "./words";

export interface Happening {
  at: string;
  kind: string;
  id: string;
  what: string;
  outcome?: string;
  channel?: string;
  call?: string;
  product?: string;
  place?: string;
  amount?: number;
  items?: number;
  rating?: number;
  complaint?: boolean;
  summary?: string;
}

interface Page {
  items: Happening[];
  next?: string;
}

/** told puts one happening into words. */
export function told(one: Happening, words: Words, lang: Lang): { what: string; more: string } {
  const main = mainWords(lang);
  const parts: string[] = [];
  switch (one.kind) {
    case "order":
      if (one.amount !== undefined) parts.push(money(one.amount, lang));
      if (one.items !== undefined && one.items > 0) parts.push(words.items(one.items));

      return { what: `${one.id} · ${happeningName(one.what, lang)}`, more: parts.join(" · ") };
    case "contact":
      if (one.channel) parts.push(channelName(one.channel, lang));
      if (one.outcome) parts.push((main.dispositions[one.outcome] ?? happeningName(one.outcome, lang)).replace(/[。.]$/, ""));
      if (one.rating !== undefined) parts.push(words.rating(one.rating));
      if (one.summary) parts.push(one.summary);

      return { what: one.what === "" ? words.kinds["contact"] ?? "" : happeningName(one.what, lang), more: parts.join(" · ") };
    case "tag":
      return { what: tagName(one.what, lang), more: [one.outcome === "added" ? words.added : words.removed, words.tagBy[one.summary ?? ""] ?? one.summary].filter(Boolean).join(" · ") };
    case "consent":
      return { what: words.purposes[one.what] ?? one.what, more: [one.outcome === "given" ? words.given : words.withdrawn, one.summary].filter(Boolean).join(" · ") };
    case "points":
      return { what: `${(one.amount ?? 0) > 0 ? "+" : ""}${one.amount ?? 0}`, more: pointsName(one.what, lang) };
    case "ticket":
      return { what: `${one.id} · ${happeningName(one.what, lang)}`, more: [happeningName(one.outcome ?? "", lang), one.summary].filter(Boolean).join(" · ") };
    default:
      return { what: [happeningName(one.what, lang), one.product].filter(Boolean).join(" · "), more: one.place ?? "" };
  }
}

/** Timeline shows them, all or of one kind; the version has it read again. */
export function Timeline({ client, words, lang, id, version }: Props & { id: string; version: number }) {
  const [kind, setKind] = useState("");
  const [items, setItems] = useState<Happening[] | null>(null);
  const [next, setNext] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = async (cursor: string, before: Happening[]) => {
    const query = new URLSearchParams({ limit: "30", ...(kind === "" ? {} : { kinds: kind }), ...(cursor === "" ? {} : { cursor }) });
    try {
      const { value } = await client.ask<Page>("GET", `/v1/members/${encodeURIComponent(id)}/timeline?${query}`);
      setItems([...before, ...value.items]);
      setNext(value.next ?? "");
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => void read("", []), [client, id, kind, version]);

  return (
    <Card id="timeline" title={words.timeline}>
      <div class="chips" role="group" aria-label={words.timeline}>
        <button type="button" class="small" aria-pressed={kind === ""} onClick={() => setKind("")}>
          {words.all}
        </button>
        {Object.entries(words.kinds).map(([value, label]) => (
          <button key={value} type="button" class="small" data-kind={value} aria-pressed={kind === value} onClick={() => setKind(value)}>
            {label}
          </button>
        ))}
      </div>
      <Trouble problem={problem} words={words} />
      {items === null && problem === null ? <Waiting words={words} /> : null}
      {items !== null && items.length === 0 ? <p class="quiet">{words.timelineNone}</p> : null}
      <ol class="happenings">
        {(items ?? []).map((one) => {
          const { what, more } = told(one, words, lang);

          return (
            <li key={one.kind + one.id} class={`of-${one.kind} ${one.complaint === true ? "complaint" : ""}`} data-kind={one.kind}>
              <time dateTime={one.at}>{moment(one.at, lang)}</time>
              <span class="kind">{words.kinds[one.kind] ?? one.kind}</span>
              <span class="what">{what}</span>
              <span class="more">{more}</span>
            </li>
          );
        })}
      </ol>
      {next !== "" ? (
        <button type="button" onClick={() => void read(next, items ?? [])}>
          {words.more}
        </button>
      ) : null}
    </Card>
  );
}
