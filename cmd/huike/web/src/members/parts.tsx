// Small pieces of the members' pages.

import type { ComponentChildren } from "preact";
import type { Lang } from "../words";
import { wordsOf as mainWords } from "../words";
import { tagName } from "../desk/terms";
import type { Client, Problem } from "./ask";
import type { Words } from "./words";

// What every page of the members is given.
export interface Props {
  client: Client;
  words: Words;
  lang: Lang;
  may: (op: string) => boolean; // whether whoever looks may do something at all
}

/** Trouble says what went wrong and the way out; nothing where nothing did. */
export function Trouble({ problem, words, again }: { problem: Problem | null; words: Pick<Words, "noServer" | "again">; again?: () => void }) {
  if (problem === null) return null;

  return (
    <div class="failure" role="alert" data-status={problem.status}>
      <strong>{problem.detail || words.noServer}</strong>
      {again !== undefined && (problem.status === 0 || problem.status >= 500) ? (
        <button type="button" onClick={again}>
          {words.again}
        </button>
      ) : null}
    </div>
  );
}

/** Waiting is what stands where an answer is still on its way. */
export function Waiting({ words }: { words: Pick<Words, "loading"> }) {
  return (
    <p class="quiet" role="status">
      {words.loading}
    </p>
  );
}

/** Card is a part of a page with a heading. */
export function Card({ id, title, children, aside, wide }: { id: string; title: string; children: ComponentChildren; aside?: ComponentChildren; wide?: boolean }) {
  return (
    <section id={id} class={`card ${wide === true ? "wide" : ""}`} aria-labelledby={`${id}-title`}>
      <div class="head">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Tier is a level as a chip. */
export function Tier({ tier, lang }: { tier: string | undefined; lang: Lang }) {
  if (tier === undefined || tier === "") return null;

  return <span class={`tier ${tier}`}>{mainWords(lang).tiers[tier] ?? tier}</span>;
}

/** TagChip is a tag by its name in the page's language. */
export function TagChip({ name, lang }: { name: string; lang: Lang }) {
  return (
    <span class="tag" title={name}>
      {tagName(name, lang)}
    </span>
  );
}

/** Bars are shares of a whole as a list that is also a picture. */
export function Bars({ label, rows }: { label: string; rows: { name: string; value: number; shown: string }[] }) {
  const most = Math.max(1, ...rows.map((row) => row.value));

  return (
    <ul class="bars" aria-label={label}>
      {rows.map((row) => (
        <li key={row.name}>
          <span class="what">{row.name}</span>
          <meter min={0} max={most} value={row.value} aria-label={`${row.name}: ${row.shown}`} />
          <span class="much">{row.shown}</span>
        </li>
      ))}
    </ul>
  );
}
