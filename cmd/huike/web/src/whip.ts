// Signalling of a call: an offer goes by POST, late candidates by PATCH, and
// DELETE hangs up (RFC 9725).

import type { Failure } from "./call";
import { fields, text } from "./wire";

/** CallError is why a call did not come about or ended; it carries what the page says about it. */
export class CallError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.detail ?? failure.code);
    this.name = "CallError";
  }
}

export interface Answer {
  sdp: string;
  location: string; // the call's own address
  etag: string;
}

/** post offers a call to the server. It throws a CallError. */
export async function post(url: string, offer: string, headers: HeadersInit = {}, signal?: AbortSignal): Promise<Answer> {
  let response: Response;
  try {
    const init: RequestInit = { method: "POST", body: offer, headers: { ...headers, "Content-Type": "application/sdp" } };
    if (signal !== undefined) init.signal = signal;
    response = await fetch(url, init);
  } catch {
    throw new CallError({ code: "unreachable" });
  }
  if (!response.ok) throw new CallError(await failureOf(response, performance.now()));
  const location = response.headers.get("Location");
  if (location === null) throw new CallError({ code: "refused", detail: "the server's answer has no Location" });

  return {
    sdp: await response.text(),
    location: new URL(location, new URL(url, document.baseURI)).href,
    etag: response.headers.get("ETag") ?? "",
  };
}

/** patch sends late candidates. A lost one costs a path, not the call, so nothing is thrown. */
export async function patch(answer: Answer, fragment: string, headers: HeadersInit = {}): Promise<void> {
  const all = new Headers(headers);
  all.set("Content-Type", "application/trickle-ice-sdpfrag");
  if (answer.etag !== "") all.set("If-Match", answer.etag);
  await fetch(answer.location, { method: "PATCH", body: fragment, headers: all }).catch(() => undefined);
}

/** restart begins another ICE session with an offer's credentials, and returns the server's. It throws a CallError. */
export async function restart(answer: Answer, credentials: string, headers: HeadersInit = {}): Promise<{ fragment: string; etag: string }> {
  const all = new Headers(headers);
  all.set("Content-Type", "application/trickle-ice-sdpfrag");
  all.set("If-Match", "*");
  let response: Response;
  try {
    response = await fetch(answer.location, { method: "PATCH", body: credentials, headers: all });
  } catch {
    throw new CallError({ code: "unreachable" });
  }
  if (!response.ok) throw new CallError(await failureOf(response, performance.now()));

  return { fragment: await response.text(), etag: response.headers.get("ETag") ?? answer.etag };
}

/** iceServers asks a server which STUN and TURN servers its callers are to use; none if it does not say. */
export async function iceServers(url: string, headers: HeadersInit = {}): Promise<RTCIceServer[]> {
  const response = await fetch(url, { method: "OPTIONS", headers }).catch(() => null);

  return response?.ok ? linked(response.headers.get("Link") ?? "") : [];
}

/** linked reads the ice-servers of a Link header (RFC 8288, RFC 9725). */
export function linked(header: string): RTCIceServer[] {
  const servers: RTCIceServer[] = [];
  for (const [, url = "", rest = ""] of header.matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+=(?:"(?:\\.|[^"\\])*"|[^",;\s]*))*)/g)) {
    const values = new Map<string, string>();
    for (const [, name = "", quoted, plain] of rest.matchAll(/;\s*([\w-]+)=(?:"((?:\\.|[^"\\])*)"|([^",;\s]*))/g)) {
      values.set(name, quoted?.replace(/\\(.)/g, "$1") ?? plain ?? "");
    }
    if (values.get("rel") !== "ice-server") continue;
    const server: RTCIceServer = { urls: url };
    const username = values.get("username");
    if (username !== undefined) {
      server.username = username;
      server.credential = values.get("credential") ?? "";
    }
    servers.push(server);
  }

  return servers;
}

/** remove hangs up. It may outlive the page that calls it. */
export async function remove(location: string, headers: HeadersInit = {}): Promise<void> {
  await fetch(location, { method: "DELETE", headers, keepalive: true }).catch(() => undefined);
}

/** failureOf reads a refusal: its status, its problem+json and when to come back. */
export async function failureOf(response: Response, now: number): Promise<Failure> {
  const detail = detailOf(await response.text().catch(() => ""), response.headers.get("Content-Type") ?? "");
  const failure: Failure = { code: codeOf(response.status) };
  if (detail !== "") failure.detail = detail;
  const wait = retryAfter(response.headers.get("Retry-After"), Date.now());
  if (wait !== null) failure.retryAt = now + wait;

  return failure;
}

function codeOf(status: number): Failure["code"] {
  switch (status) {
    case 401:
    case 403:
      return "unauthorized";
    case 404:
    case 409:
    case 410:
      return "gone";
    case 429:
    case 503:
      return "full";
    case 502:
    case 504:
      return "unreachable";
    default:
      return "refused";
  }
}

/** detailOf finds the sentence in a refusal's body. */
export function detailOf(body: string, type: string): string {
  if (!type.includes("json")) return type.includes("html") ? "" : body.trim().slice(0, 300);
  try {
    const problem = fields(JSON.parse(body));

    return text(problem["detail"]) ?? text(problem["error"]) ?? text(problem["title"]) ?? "";
  } catch {
    return "";
  }
}

/** retryAfter reads a Retry-After header, seconds or a date, as milliseconds from now. */
export function retryAfter(header: string | null, wallClock: number): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds) * 1000;
  const date = Date.parse(header);

  return Number.isNaN(date) ? null : Math.max(0, date - wallClock);
}
