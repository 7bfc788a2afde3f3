// Small pieces that both pages use.

import type { Failure } from "./call";
import { useNow } from "./store";
import type { Member } from "./wire";
import { keepLang, type Lang, type Words } from "./words";

/** Brand is the sign over the door. */
export function Brand({ note }: { note: string }) {
  return (
    <div class="brand">
      <svg viewBox="0 0 32 32" width="36" height="36" aria-hidden="true">
        <path class="roof" d="M16 3 3 13.2V16h26v-2.8z" />
        <path class="room" d="M6 18h20v11h-7v-6a3 3 0 0 0-6 0v6H6z" />
      </svg>
      <div>
        <h1>
          <span lang="zh">会客</span> <span>huike</span>
        </h1>
        <p>{note}</p>
      </div>
    </div>
  );
}

/** LangSwitch changes the language of the whole page. */
export function LangSwitch({ lang, words, disabled, onChange }: { lang: Lang; words: Words; disabled?: boolean; onChange: (lang: Lang) => void }) {
  const choice = (value: Lang, label: string) => (
    <button id={`lang-${value}`} data-testid={`lang-${value}`} type="button" lang={value} aria-pressed={lang === value} disabled={disabled} onClick={() => onChange(value)}>
      {label}
    </button>
  );

  return (
    <div class="switch" role="group" aria-label={words.language}>
      {choice("zh", "中文")}
      {choice("en", "English")}
    </div>
  );
}

/** FailureBox names what went wrong and the way out. */
export function FailureBox({ failure, words, children }: { failure: Failure; words: Words; children?: preact.ComponentChildren }) {
  const now = useNow(failure.retryAt !== undefined, 500);
  const [what, out] = words.failures[failure.code] ?? words.failures["refused"] ?? ["", ""];
  const left = failure.retryAt === undefined ? null : Math.ceil((failure.retryAt - now) / 1000);

  return (
    <div id="failure" data-testid="failure" class="failure" role="alert" data-code={failure.code}>
      <strong>{what}</strong> <span>{out}</span>
      {left !== null ? <span> {left > 0 ? words.retryIn(left) : words.retryNow}</span> : null}
      {failure.detail ? <code>{failure.detail}</code> : null}
      {children}
    </div>
  );
}

/** MemberCard is what of a member may be seen here. */
export function MemberCard({ id, member, words, none }: { id: string; member: Member | null; words: Words; none: string }) {
  const known = member !== null && Object.keys(member).length > 0;
  const tier = member?.tier;

  return (
    <section id={id} data-testid={id} class={`card member ${known ? "known" : ""}`} aria-label={words.member} data-tier={tier}>
      <h2>{words.member}</h2>
      {known ? (
        <>
          <p class="name">
            {member.name ?? words.unknown}
            {tier ? <span class={`tier ${tier}`}>{words.tiers[tier] ?? tier}</span> : null}
          </p>
          <dl>
            {member.points !== undefined ? <Fact name={words.points} value={member.points.toLocaleString(words.htmlLang)} /> : null}
            {member.last_purchase ? <Fact name={words.lastPurchase} value={member.last_purchase} /> : null}
            {member.phone ? <Fact name={words.phone} value={member.phone} /> : null}
          </dl>
        </>
      ) : (
        <p class="quiet">{none}</p>
      )}
    </section>
  );
}

/** Fact is one line of a list of facts. */
export function Fact({ name, value }: { name: string; value: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** speak changes the language of a page: its words, its title, and what is remembered. */
export function speak(lang: Lang, title: (words: Words) => string, set: (lang: Lang) => void): void {
  keepLang(lang, title);
  set(lang);
}
