// The 360° view: one member, as whoever looks may see them.

import { useState } from "preact/hooks";
import { Fact } from "../parts";
import { channelName } from "../desk/terms";
import { useAsk } from "./ask";
import { Consent } from "./consent";
import { Report, Rights, type Erased } from "./rights";
import { Predictions } from "./forecast";
import { Labels } from "./labels";
import { Bars, Card, Tier, Trouble, Waiting, type Props } from "./parts";
import { count, day, language, money } from "./shown";
import { Timeline } from "./timeline";
import { categoriesOf, fullName, type View } from "./view";

/** Person is a member's page. */
export function Person({ client, words, lang, may, id }: Props & { id: string }) {
  const path = `/v1/members/${encodeURIComponent(id)}`;
  const asked = useAsk<View>(client, path);
  const [gone, setGone] = useState<Erased | null>(null);
  const view = asked.value;
  if (gone !== null) return <Report gone={gone} words={words} lang={lang} />;
  if (view === null) return asked.problem === null ? <Waiting words={words} /> : <Trouble problem={asked.problem} words={words} again={asked.again} />;

  return (
    <div class="person" data-id={view.id} data-version={view.version}>
      <div class="column">
        <Who view={view} words={words} lang={lang} call={client.call} />
        {view.may.preference ? (
          <Labels client={client} words={words} lang={lang} may={may} id={id} version={view.version} changed={asked.again} />
        ) : (
          <Card id="labels" title={words.tags}>
            <p class="quiet">{words.withheld}</p>
          </Card>
        )}
        <Consent client={client} words={words} lang={lang} may={may} id={id} version={view.version} changed={asked.again} />
        <Rights client={client} words={words} lang={lang} may={may} view={view} etag={asked.etag} changed={asked.again} forgotten={setGone} />
      </div>
      <div class="column">
        <Bought view={view} words={words} lang={lang} />
        {view.may.preference && view.may.history ? <Predictions client={client} words={words} lang={lang} may={may} id={id} version={view.version} /> : null}
        <Timeline client={client} words={words} lang={lang} may={may} id={id} version={view.version} />
      </div>
    </div>
  );
}

function Who({ view, words, lang, call }: { view: View; words: Props["words"]; lang: Props["lang"]; call: string }) {
  const name = fullName(view.name, lang);

  return (
    <section id="who" class="card member" aria-labelledby="who-title">
      {call !== "" ? <p class="notice">{words.inCall}</p> : null}
      <h2 class="name" id="who-title">
        {name || view.id}
        <Tier tier={view.tier} lang={lang} />
      </h2>
      {view.may.identity ? null : <p class="quiet">{words.withheld}</p>}
      <dl>
        {view.phone ? <Fact name={words.phone} value={view.phone} /> : null}
        {view.points !== undefined ? <Fact name={words.points} value={count(view.points, lang)} /> : null}
        {view.lang ? <Fact name={words.language} value={language(view.lang, lang)} /> : null}
        {view.birth_year !== undefined ? <Fact name={words.born} value={view.birth_year} /> : null}
        {view.stage ? <Fact name={words.stage} value={view.stage} /> : null}
        {view.channel ? <Fact name={words.channel} value={channelName(view.channel, lang)} /> : null}
        {view.first_purchase ? <Fact name={words.since} value={day(view.first_purchase, lang)} /> : null}
        {view.complaint ? <Fact name={words.complaint} value={<strong class="alarm">{`${view.complaint.ticket} · ${day(view.complaint.at, lang)}`}</strong>} /> : null}
      </dl>
      {view.stale === true ? <p class="quiet">{words.stale}</p> : null}
    </section>
  );
}

function Bought({ view, words, lang }: { view: View; words: Props["words"]; lang: Props["lang"] }) {
  const c = view.consumption;
  if (c === undefined) return <Card id="bought" title={words.orders}><p class="quiet">{words.withheld}</p></Card>;
  const categories = categoriesOf(view);
  const hours = c.hours.map((value, hour) => ({ name: words.hour(String(hour)), value, shown: count(value, lang) })).filter((row) => row.value > 0);

  return (
    <Card id="bought" title={words.orders}>
      <dl class="tiles">
        <Fact name={words.orders} value={count(c.orders, lang)} />
        <Fact name={words.spent} value={money(c.spent, lang)} />
        <Fact name={words.basket} value={c.basket === null ? words.unknown : money(c.basket, lang)} />
        <Fact name={words.last} value={c.last === null ? words.none : day(c.last, lang)} />
      </dl>
      {categories.length > 0 ? (
        <div class="pair">
          <div>
            <h3>{words.buys}</h3>
            <Bars label={words.buys} rows={categories.map((row) => ({ ...row, shown: words.items(row.value) }))} />
          </div>
          <div>
            <h3>{words.hours}</h3>
            <Bars label={words.hours} rows={hours} />
          </div>
        </div>
      ) : null}
    </Card>
  );
}
