// The members' side of the server's API: each request says who asks and in which
// language; each answer has its ETag, each refusal its words.

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Lang } from "../words";

const kept = { token: "huike.desk.token", agent: "huike.desk.agent" };

// A refusal as RFC 9457 has it; detail comes in the page's language.
export interface Problem {
  status: number; // 0: the server did not answer
  detail: string;
  steps?: { name: string; count: number; done: boolean }[]; // of an erasure that is unfinished
}

/** Refused is a request that was not answered as wished. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export interface Answer<T> {
  value: T;
  etag: string;
}

/** Client asks in one person's name. */
export class Client {
  constructor(
    readonly token: string,
    readonly agent: string,
    readonly lang: Lang,
    readonly call: string, // in which the member is looked at; empty outside one
  ) {}

  private headers(more: Record<string, string>): Record<string, string> {
    const head: Record<string, string> = { Authorization: `Bearer ${this.token}`, "Accept-Language": this.lang, ...more };
    if (this.agent !== "") head["X-Agent"] = encodeURIComponent(this.agent); // a header takes no Chinese
    if (this.call !== "") head["X-Call"] = this.call;

    return head;
  }

  /** ask sends a request, its body as JSON, and returns the answer. It throws a Refused. */
  async ask<T>(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<Answer<T>> {
    const kind: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };

    return this.send<T>(method, path, body === undefined ? undefined : JSON.stringify(body), { ...kind, ...more });
  }

  /** send is ask with a body as it is, such as a file. */
  async send<T>(method: string, path: string, body: BodyInit | undefined, more: Record<string, string>, signal?: AbortSignal): Promise<Answer<T>> {
    let response: Response;
    try {
      const sent = { ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
      response = await fetch(path, { method, headers: this.headers(more), ...sent });
    } catch {
      throw new Refused({ status: 0, detail: "" });
    }
    const text = await response.text().catch(() => "");
    const value = decode(text);
    if (!response.ok) throw new Refused({ status: response.status, detail: detailOf(value), steps: stepsOf(value) });

    return { value: value as T, etag: response.headers.get("ETag") ?? "" };
  }

  /** download asks for a file and has the browser keep it. It throws a Refused. */
  async download(path: string, body: unknown, name: string): Promise<void> {
    let response: Response;
    let file: Blob;
    try {
      response = await fetch(path, { method: "POST", headers: this.headers({ "Content-Type": "application/json" }), body: JSON.stringify(body) });
      file = await response.blob();
    } catch {
      throw new Refused({ status: 0, detail: "" });
    }
    if (!response.ok) throw new Refused({ status: response.status, detail: detailOf(decode(await file.text())) });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function detailOf(value: unknown): string {
  return value !== null && typeof value === "object" && "detail" in value && typeof value.detail === "string" ? value.detail : "";
}

function stepsOf(value: unknown): NonNullable<Problem["steps"]> {
  return value !== null && typeof value === "object" && "steps" in value && Array.isArray(value.steps) ? (value.steps as NonNullable<Problem["steps"]>) : [];
}

/** problemOf is what went wrong. */
export function problemOf(error: unknown): Problem {
  return error instanceof Refused ? error.problem : { status: 0, detail: String(error) };
}

/** keptToken is the token of the address, which it takes out of sight, else this tab's. */
export function keptToken(): string {
  const hash = new URLSearchParams(location.hash.replace(/^#\/?/, ""));
  const given = hash.get("token");
  if (given !== null) {
    const agent = hash.get("agent");
    if (agent !== null) sessionStorage.setItem(kept.agent, agent);
    history.replaceState(null, "", location.pathname + location.search);
    sessionStorage.setItem(kept.token, given);
  }

  return sessionStorage.getItem(kept.token) ?? "";
}

/** keepToken remembers the token in this tab; "" forgets it. */
export function keepToken(token: string): void {
  if (token === "") sessionStorage.removeItem(kept.token);
  else sessionStorage.setItem(kept.token, token);
}

/** keptAgent is the name under which this tab's person works. */
export function keptAgent(): string {
  return sessionStorage.getItem(kept.agent) ?? localStorage.getItem(kept.agent) ?? "";
}

// What was asked for: on its way, here, or refused.
export interface Asked<T> {
  value: T | null;
  etag: string;
  problem: Problem | null;
  again: () => void;
  put: (value: T, etag: string) => void; // another answer to the same question
}

/** useAsk asks for a path whenever it changes, or the version of what it tells of; "" asks nothing. */
export function useAsk<T>(client: Client, path: string, version = 0): Asked<T> {
  const [state, setState] = useState<{ path: string; value: T | null; etag: string; problem: Problem | null }>({ path: "", value: null, etag: "", problem: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === "") return undefined;
    let here = true;
    client.ask<T>("GET", path).then(
      (answer) => here && setState({ path, ...answer, problem: null }),
      (error) => here && setState({ path, value: null, etag: "", problem: problemOf(error) }),
    );

    return () => {
      here = false;
    };
  }, [client, path, version, turn]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  const put = useCallback((value: T, etag: string) => setState({ path, value, etag, problem: null }), [path]);
  const mine = state.path === path;

  return { value: mine ? state.value : null, etag: mine ? state.etag : "", problem: mine ? state.problem : null, again, put };
}
