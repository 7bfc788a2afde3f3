// Who read and wrote what of whom. The search is itself in the trail.

import { useEffect, useState } from "preact/hooks";
import { problemOf, type Problem } from "./ask";
import { Card, Trouble, type Props } from "./parts";
import { addressOf } from "./route";
import { moment } from "./shown";
import { LongTable } from "./table";

interface Row {
  number: number;
  at: string;
  member?: string;
  reader: string;
  role: string;
  purpose: string;
  call?: string;
  action: string;
  fields?: string;
  outcome: string;
}

const asked = ["member", "reader", "action", "from", "to"] as const;

/** Audit is the page of the trail. */
export function Audit({ client, words, lang, query }: Props & { query: Record<string, string> }) {
  const [wish, setWish] = useState<Record<string, string>>(query);
  const [rows, setRows] = useState<Row[]>([]);
  const [next, setNext] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = async (cursor: string, before: Row[]) => {
    const given = asked.filter((name) => (wish[name] ?? "") !== "").map((name) => [name, wish[name] ?? ""]);
    const text = new URLSearchParams([...given, ["limit", "100"], ...(cursor === "" ? [] : [["cursor", cursor]])] as [string, string][]);
    setNext("");
    try {
      const { value } = await client.ask<{ items: Row[]; next?: string }>("GET", `/v1/audit?${text}`);
      setRows([...before, ...value.items]);
      setNext(value.next ?? "");
      setProblem(null);
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  useEffect(() => void read("", []), [client]);

  return (
    <Card id="audit" title={words.pages.audit} wide>
      <form
        class="asking"
        onSubmit={(event) => {
          event.preventDefault();
          void read("", []);
        }}
      >
        {asked.map((name) => (
          <label key={name} class="field">
            <span>{words.trail[name]}</span>
            {name === "from" || name === "to" ? (
              <input id={`audit-${name}`} type="date" value={wish[name] ?? ""} onInput={(event) => setWish({ ...wish, [name]: event.currentTarget.value })} />
            ) : (
              <input id={`audit-${name}`} type="text" value={wish[name] ?? ""} onInput={(event) => setWish({ ...wish, [name]: event.currentTarget.value })} />
            )}
          </label>
        ))}
        <button type="submit" class="strong">
          {words.find}
        </button>
      </form>
      <Trouble problem={problem} words={words} />
      <LongTable
        id="trail"
        label={words.pages.audit}
        rows={rows}
        keyOf={(row) => String(row.number)}
        end={() => next !== "" && void read(next, rows)}
        columns={[
          { name: words.trail.at, show: (row) => moment(row.at, lang) },
          { name: words.trail.member, show: (row) => (row.member ? <a href={addressOf("person", row.member)}>{row.member}</a> : "") },
          { name: words.trail.reader, show: (row) => row.reader },
          { name: words.trail.role, show: (row) => words.roles[row.role] ?? row.role },
          { name: words.trail.purpose, show: (row) => words.purposes[row.purpose] ?? row.purpose },
          { name: words.trail.action, show: (row) => row.action },
          { name: words.trail.fields, show: (row) => row.fields ?? "" },
          { name: words.trail.outcome, show: (row) => <span class={row.outcome === "ok" ? "" : "alarm"}>{row.outcome}</span> },
        ]}
      />
    </Card>
  );
}
