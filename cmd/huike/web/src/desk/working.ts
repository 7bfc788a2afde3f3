// An agent at work: the desk's state, its connection to the server, and the
// agent's own sound in the one call that they have.

import { fold, type Action, type Failure } from "../call";
import { Line } from "../line";
import { createStore, type Store } from "../store";
import { CallError } from "../whip";
import { Api } from "./api";
import { callBacksOf, empty, eventsOf, faultOf, keptOf, lookAgain, reduce, ticketOf, type DeskAction, type DeskState } from "./desk";

const kept = { token: "huike.desk.token", agent: "huike.desk.agent" };

/** Working is one agent's work. Views read its store; buttons call it. */
export class Working {
  readonly store: Store<DeskState, DeskAction>;
  private api: Api | null = null;
  private line: Line | null = null;
  private unfollow: () => void = () => undefined;
  private unwatch: () => void = () => undefined;

  constructor() {
    this.store = createStore(reduce, empty(nameOf()));
  }

  get state(): DeskState {
    return this.store.state;
  }

  /** resume logs in with the token of the address, else with the one of this tab. */
  resume(): void {
    const hash = new URLSearchParams(location.hash.slice(1));
    const given = hash.get("token");
    if (given !== null) history.replaceState(null, "", location.pathname + location.search); // out of sight
    const token = given ?? sessionStorage.getItem(kept.token);
    if (token !== null && token !== "") void this.login(token);
  }

  async login(token: string): Promise<void> {
    this.dispatch({ do: "login" });
    const api = new Api(token.trim(), this.state.agent);
    try {
      const calls = keptOf(await api.ask("GET", "/v1/calls"));
      sessionStorage.setItem(kept.token, token.trim());
      this.api = api;
      this.dispatch({ do: "entered" });
      this.dispatch({ do: "calls", calls });
      this.follow(api);
      void this.callbacks();
    } catch (error) {
      sessionStorage.removeItem(kept.token);
      this.dispatch({ do: "left", failure: failureOf(error) });
    }
  }

  async logout(): Promise<void> {
    sessionStorage.removeItem(kept.token);
    this.unfollow();
    this.unwatch();
    this.api = null;
    await this.hush();
    this.dispatch({ do: "left" });
  }

  /** select shows what a call is about, and what is said in it from now on. */
  async select(call: string): Promise<void> {
    const api = this.api;
    if (api === null || call === this.state.selected) return;
    this.unwatch();
    this.dispatch({ do: "select", call });
    this.unwatch = api.watch(call, (message) => this.dispatch({ do: "event", call, message, now: performance.now() }));
    await this.brief(call);
  }

  /** take takes a call and brings the agent's sound to it. */
  async take(call: string): Promise<void> {
    if (this.api === null || this.state.mine !== "") return;
    await this.select(call);
    await this.join(call, true);
  }

  /** rejoin brings the agent's sound to their call again. */
  async rejoin(): Promise<void> {
    if (this.state.mine !== "") await this.join(this.state.mine, false);
  }

  mute(on: boolean): void {
    this.line?.mute(on);
    this.dispatch({ do: "mute", on });
  }

  /** give hands the call back to the robot, or ends it. */
  async give(how: "return" | "end"): Promise<void> {
    const call = this.state.mine;
    if (call === "") return;
    if (!(await this.ask("POST", `/v1/desk/calls/${encodeURIComponent(call)}/${how}`)).ok) return;
    await this.hush(true);
    this.dispatch({ do: "mine", call: "" });
    setTimeout(() => void this.calls(), 500); // the call is kept when it has ended
  }

  /** transfer passes the agent's call on to another address; what comes of it is told in the call. */
  async transfer(to: string): Promise<boolean> {
    return this.wish("transfer", { to });
  }

  /** press presses keys on the caller's line. */
  async press(keys: string): Promise<boolean> {
    return this.wish("keys", { keys });
  }

  /** tag puts a tag on who calls, or takes one off, in the agent's name, and reads the brief again. */
  async tag(method: "PUT" | "DELETE", person: string, name: string, call: string): Promise<boolean> {
    const head = { "X-Agent": encodeURIComponent(this.state.agent), "X-Call": call, "Accept-Language": document.documentElement.lang };
    try {
      await this.api?.ask(method, `/v1/members/${encodeURIComponent(person)}/tags/${encodeURIComponent(name)}`, undefined, head);
    } catch (error) {
      const failure = failureOf(error); // what a member has not agreed to is no wrong token
      this.dispatch({ do: "failed", failure: failure.code === "unauthorized" ? { ...failure, code: "refused" } : failure });

      return false;
    }
    await this.brief(call);

    return true;
  }

  async calls(): Promise<void> {
    const answer = await this.ask("GET", "/v1/calls");
    if (answer.ok) this.dispatch({ do: "calls", calls: keptOf(answer.value) });
  }

  async callbacks(): Promise<void> {
    const answer = await this.ask("GET", "/v1/desk/callbacks");
    if (answer.ok) this.dispatch({ do: "callbacks", callbacks: callBacksOf(answer.value) });
  }

  /** open shows a kept call. */
  async open(call: string): Promise<void> {
    const answer = await this.ask("GET", `/v1/calls/${encodeURIComponent(call)}`);
    if (answer.ok) this.dispatch({ do: "opened", call, state: { ...fold(eventsOf(answer.value)), phase: "ended" }, fault: faultOf(answer.value) });
  }

  /** remove deletes a kept call for good. */
  async remove(call: string): Promise<void> {
    const answer = await this.ask("DELETE", `/v1/calls/${encodeURIComponent(call)}`);
    if (!answer.ok) return;
    if (this.state.opened?.call === call) this.dispatch({ do: "shut" });
    await this.calls();
  }

  recording(call: string): string {
    return this.api?.recording(call) ?? "";
  }

  dispatch(action: DeskAction): void {
    this.store.dispatch(action);
  }

  private follow(api: Api): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      clearTimeout(timer);
      const seen = document.visibilityState === "visible";
      if (seen) await this.calls();
      if (api === this.api) timer = setTimeout(() => void look(), lookAgain(seen ? this.state.calls : null));
    };
    document.addEventListener("visibilitychange", look);
    timer = setTimeout(() => void look(), lookAgain(this.state.calls));
    const close = api.follow({
      live: (on) => this.dispatch({ do: "live", on }),
      queue: (queue) => {
        const before = this.state.mine;
        this.dispatch({ do: "queue", queue });
        if (before !== "" && this.state.mine === "") {
          void this.hush(true); // it ended without us
          setTimeout(() => void this.calls(), 500);
          void this.callbacks();
        }
        if (this.state.mine !== "" && before === "") void this.select(this.state.mine);
      },
    });
    this.unfollow = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
      close();
    };
  }

  private async brief(call: string): Promise<void> {
    const id = encodeURIComponent(call);
    const [answer, kept] = await Promise.all([
      this.ask("GET", `/v1/desk/calls/${id}`),
      this.api?.ask("GET", `/v1/calls/${id}`).catch(() => null), // this server may keep no journals
    ]);
    if (!answer.ok) return;
    const history = kept ? fold(eventsOf(kept)) : null;
    this.dispatch({ do: "brief", ticket: ticketOf(answer.value, Date.now()), history, now: performance.now() });
  }

  // join takes the call only when there is a microphone to speak into.
  private async join(call: string, taking: boolean): Promise<void> {
    const api = this.api;
    if (api === null) return;
    await this.line?.close();
    const path = `/v1/desk/calls/${encodeURIComponent(call)}`;
    const before = async () => {
      if (!taking) return;
      const ticket = ticketOf(await api.ask("POST", `${path}/take`), Date.now());
      this.dispatch({ do: "mine", call });
      this.dispatch({ do: "brief", ticket, history: null, now: performance.now() });
    };
    const line: Line = new Line({ url: api.address(`${path}/whip`), headers: api.headers, keepQuery: true, before, told: (action) => this.heard(line, action) });
    this.line = line;
    this.dispatch({ do: "failed", failure: null });
    this.dispatch({ do: "sound", sound: "joining" });
    try {
      await line.open();
    } catch (error) {
      if (line !== this.line) return;
      this.line = null;
      this.dispatch({ do: "sound", sound: this.state.mine === call ? "lost" : "none" });
      this.dispatch({ do: "failed", failure: failureOf(error) });
    }
  }

  private heard(line: Line, action: Action): void {
    if (line !== this.line) return;
    if (action.do === "answered") this.dispatch({ do: "sound", sound: "on" });
    if (action.do === "weak") this.dispatch({ do: "sound", sound: action.on ? "weak" : "on" });
    if (action.do !== "failed" && action.do !== "closed") return;
    this.line = null;
    this.dispatch({ do: "sound", sound: this.state.mine === "" ? "none" : "lost" });
  }

  private async hush(over = false): Promise<void> {
    const line = this.line;
    this.line = null;
    await line?.close(over);
  }

  private async wish(what: string, body: unknown): Promise<boolean> {
    if (this.state.mine === "") return false;

    return (await this.ask("POST", `/v1/desk/calls/${encodeURIComponent(this.state.mine)}/${what}`, body)).ok;
  }

  private async ask(method: string, path: string, body?: unknown): Promise<{ ok: boolean; value: unknown }> {
    if (this.api === null) return { ok: false, value: null };
    try {
      const value = await this.api.ask(method, path, body);

      return { ok: true, value };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code === "unauthorized") await this.logout();
      this.dispatch({ do: "failed", failure });

      return { ok: false, value: null };
    }
  }
}

function failureOf(error: unknown): Failure {
  return error instanceof CallError ? error.failure : { code: "refused", detail: String(error) };
}

// nameOf returns how this desk is called towards the others: as the address
// says, else as this tab was called before.
function nameOf(): string {
  const given = new URLSearchParams(location.hash.slice(1)).get("agent") ?? sessionStorage.getItem(kept.agent);
  const name = given?.trim().slice(0, 64) || `desk-${crypto.getRandomValues(new Uint16Array(1))[0]?.toString(36) ?? "1"}`;
  sessionStorage.setItem(kept.agent, name);

  return name;
}
