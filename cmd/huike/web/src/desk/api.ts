// The desk's side of the server's API.

import { CallError, failureOf } from "../whip";
import { parse, type Message } from "../wire";
import { ticketsOf, type Ticket } from "./desk";

/** Api asks the server in the name of one agent. */
export class Api {
  constructor(
    private readonly token: string,
    private readonly agent: string,
  ) {}

  get headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token}` };
  }

  /** address returns a path of the API that says which agent asks. */
  address(path: string): string {
    return `${path}?${new URLSearchParams({ agent: this.agent }).toString()}`;
  }

  /** recording returns where the sound of a kept call is: a player can send no header. */
  recording(call: string): string {
    return `/v1/calls/${encodeURIComponent(call)}/recording.wav?${new URLSearchParams({ token: this.token }).toString()}`;
  }

  /** ask sends a request, with a body where it has one and more headers, and returns the JSON of its answer. It throws a CallError. */
  async ask(method: string, path: string, body?: unknown, more: Record<string, string> = {}): Promise<unknown> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const kind: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    let response: Response;
    try {
      response = await fetch(this.address(path), { method, headers: { ...this.headers, ...kind, ...more }, ...sent });
    } catch {
      throw new CallError({ code: "unreachable" });
    }
    if (!response.ok) throw new CallError(await failureOf(response, performance.now()));
    if (response.status === 204) return null;

    return response.json().catch(() => null);
  }

  /** follow is told of the queue as it changes, for as long as it is not closed. */
  follow(told: { queue: (queue: Ticket[]) => void; live: (on: boolean) => void }): () => void {
    const source = this.stream({});
    source.onopen = () => told.live(true);
    source.onerror = () => told.live(false);
    source.addEventListener("queue", (event: MessageEvent<string>) => told.queue(ticketsOf(decode(event.data), Date.now())));

    return () => source.close();
  }

  /** watch is told what happens in a call, for as long as it is not closed. */
  watch(call: string, told: (message: Message) => void): () => void {
    const source = this.stream({ call });
    source.addEventListener("call", (event: MessageEvent<string>) => {
      const message = parse(event.data);
      if (message !== undefined) told(message);
    });

    return () => source.close();
  }

  private stream(query: Record<string, string>): EventSource {
    return new EventSource(`/v1/desk/events?${new URLSearchParams({ token: this.token, agent: this.agent, ...query }).toString()}`);
  }
}

function decode(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
