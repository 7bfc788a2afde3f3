// Segments are written as expressions and counted while they are written.

import { useEffect, useRef, useState } from "preact/hooks";
import { problemOf, type Problem } from "./ask";
import { Card, Tier, Trouble, type Props } from "./parts";
import { addressOf } from "./route";
import { count, money, percent } from "./shown";
import { Saved, type SavedSegment } from "./saved";
import { LongTable, type Column } from "./table";

interface Counted {
  members: number;
  profiled: number;
  reachable: number;
  of: number;
}

interface Row {
  id: string;
  tier?: string;
  stage?: string;
  orders: number;
  spent: number;
  recency: number | null;
  r: number;
  f: number;
  m: number;
  contacts: number;
  marketing: boolean;
}

const pause = 250; // ms after the last key, before it is counted
const atOnce = 2000; // rows

/** Segments is the editor. given is the expression of the address. */
export function Segments({ client, words, lang, may, given }: Props & { given: string }) {
  const [text, setText] = useState(given || "r >= 4 and orders >= 2");
  const [counted, setCounted] = useState<Counted | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [list, setList] = useState<{ segment: string; rows: Row[]; next: string } | null>(null);
  const [opened, setOpened] = useState<SavedSegment | null>(null);
  const [writing, setWriting] = useState(false);
  const busy = useRef(false);
  useEffect(() => {
    if (given !== "") setText(given);
  }, [given]);
  useEffect(() => {
    setList(null);
    let here = true;
    const timer = setTimeout(() => {
      client.ask<Counted>("POST", "/v1/segments/count", { segment: text }).then(
        ({ value }) => here && (setCounted(value), setProblem(null)),
        (error) => here && (setCounted(null), setProblem(problemOf(error))),
      );
    }, pause);

    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [client, text]);
  const more = async (segment: string, before: Row[], cursor: string) => {
    if (busy.current) return;
    busy.current = true;
    try {
      const { value } = await client.ask<{ items: Row[]; next?: string }>("POST", "/v1/segments/members", { segment, limit: atOnce, ...(cursor === "" ? {} : { cursor }) });
      setList({ segment, rows: [...before, ...value.items], next: value.next ?? "" });
    } catch (error) {
      setProblem(problemOf(error));
    }
    busy.current = false;
  };
  const download = async () => {
    setWriting(true);
    try {
      await client.download("/v1/segments/export", { segment: text }, `${opened?.name ?? "segment"}.csv`);
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
    setWriting(false);
  };
  const put = (piece: string) => setText((now) => (now.trim() === "" ? piece : `${now.trim()} and ${piece}`));
  const share = counted === null || counted.of === 0 ? 0 : counted.members / counted.of;

  return (
    <>
      <Card id="segments" title={words.pages.segments} wide>
        <label class="field">
          <span>{words.segmentLabel}</span>
          <textarea id="segment" rows={3} spellcheck={false} value={text} aria-describedby="segment-help" onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <p id="segment-help" class="quiet">
          {words.segmentHelp}
        </p>
        <div class="chips" role="group" aria-label={words.segmentPieces}>
          {words.pieces.map(([label, piece]) => (
            <button key={piece} type="button" class="small" onClick={() => put(piece)}>
              {label}
            </button>
          ))}
        </div>
        <Trouble problem={problem} words={words} />
        <div id="counted" class="counted" role="status" data-members={counted?.members ?? ""}>
          {counted === null ? null : (
            <>
              <strong>{count(counted.members, lang)}</strong>
              <span>{words.segmentOf(count(counted.of, lang), percent(share, lang))}</span>
              <meter min={0} max={Math.max(1, counted.of)} value={counted.members} aria-label={words.pages.segments} />
              <span class="quiet">{words.segmentConsent(count(counted.profiled, lang), count(counted.reachable, lang))}</span>
            </>
          )}
        </div>
        {may("list") ? (
          <div class="actions">
            <button id="list" type="button" class="strong" disabled={counted === null || counted.profiled === 0} onClick={() => void more(text, [], "")}>
              {words.segmentList}
            </button>
            <button id="export" type="button" disabled={counted === null || counted.profiled === 0 || writing} title={words.exportNote} onClick={() => void download()}>
              {writing ? words.exporting : words.exportCSV}
            </button>
          </div>
        ) : null}
      </Card>
      {list === null ? null : (
        <Card id="listed" title={words.found(list.rows.length)} wide>
          <LongTable id="rows" label={words.pages.segments} rows={list.rows} columns={columns(words, lang)} keyOf={(row) => row.id} end={() => list.next !== "" && void more(list.segment, list.rows, list.next)} />
        </Card>
      )}
      <Saved client={client} words={words} lang={lang} may={may} text={text} good={counted !== null} opened={opened} open={(one) => (setOpened(one), one !== null && setText(one.segment))} />
    </>
  );
}

function columns(words: Props["words"], lang: Props["lang"]): Column<Row>[] {
  const c = words.columns;

  return [
    { name: c.id, show: (row) => <a href={addressOf("person", row.id)}>{row.id}</a> },
    { name: c.tier, show: (row) => <Tier tier={row.tier} lang={lang} /> },
    { name: c.rfm, show: (row) => (row.r === 0 ? "" : `${row.r} ${row.f} ${row.m}`) },
    { name: c.orders, figure: true, show: (row) => count(row.orders, lang) },
    { name: c.spent, figure: true, show: (row) => money(row.spent, lang) },
    { name: c.recency, figure: true, show: (row) => (row.recency === null ? "" : count(row.recency, lang)) },
    { name: c.contacts, figure: true, show: (row) => count(row.contacts, lang) },
    { name: c.marketing, show: (row) => (row.marketing ? "✓" : "") },
  ];
}
