// The caller's one call at a time: its state, its line and the loudness of the
// two voices. Views read it; buttons call it.

import { callTime, initial, reduce, type Action, type CallState } from "../call";
import { Line } from "../line";
import { createStore, type Store } from "../store";
import { Levels } from "../timeline";
import { CallError } from "../whip";
import type { Lang } from "../words";

const sampling = 50; // ms between two looks at the loudness

/** Calling places calls one after another. */
export class Calling {
  readonly store: Store<CallState, Action> = createStore(reduce, initial());
  readonly levels = new Levels();
  near = 0; // loudness of the microphone now, 0 to 1
  private line: Line | null = null;
  private sampler: ReturnType<typeof setInterval> | undefined;

  get state(): CallState {
    return this.store.state;
  }

  /** call places a call as a member, or as nobody the shop knows. */
  async call(lang: Lang, as: string, silent = false): Promise<void> {
    if (this.line !== null) return;
    this.store.dispatch({ do: "dial" });
    this.levels.clear();
    const query = new URLSearchParams({ lang });
    if (as !== "") query.set("as", as);
    const token = new URLSearchParams(location.hash.slice(1)).get("token"); // of a server that asks for one
    const headers: HeadersInit = token === null ? {} : { Authorization: `Bearer ${token}` };
    const told = (action: Action) => this.told(line, action);
    const line: Line = new Line({ url: `/v1/whip?${query.toString()}`, servers: "/v1/whip", headers, silent, told });
    this.line = line;
    this.sampler = setInterval(() => this.sample(), sampling);
    try {
      await line.open();
    } catch (error) {
      const failure = error instanceof CallError ? error.failure : { code: "refused" as const, detail: String(error) };
      this.told(line, { do: "failed", failure, now: performance.now() });
    }
  }

  async hangUp(): Promise<void> {
    const line = this.line;
    if (line === null) return;
    await line.hangUp();
    this.release(line);
  }

  mute(on: boolean): void {
    this.line?.mute(on);
    this.store.dispatch({ do: "mute", on });
  }

  key(key: string): void {
    if (this.line?.send({ type: "key", key })) this.store.dispatch({ do: "key", key });
  }

  /** say sends typed words; false if there is no call to send them to. */
  say(text: string): boolean {
    const words = text.trim();

    return words !== "" && this.line?.send({ type: "text", text: words }) === true;
  }

  private told(line: Line, action: Action): void {
    if (line !== this.line) return; // of a call that is over
    this.store.dispatch(action);
    const phase = this.state.phase;
    if (phase === "ended" || phase === "idle") this.release(line);
  }

  private release(line: Line): void {
    if (line !== this.line) return;
    this.line = null;
    clearInterval(this.sampler);
    this.near = 0;
  }

  private sample(): void {
    const { near, far } = this.line?.levels() ?? { near: 0, far: 0 };
    this.near = this.state.muted ? 0 : near;
    if (this.state.phase === "connected" && !this.state.weak) {
      this.levels.push({ at: callTime(this.state, performance.now()), caller: this.near, answer: far });
    }
  }
}
