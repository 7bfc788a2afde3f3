// A line is one party's way into a call from this page: microphone, peer
// connection, data channel and signalling, opened and closed together. What
// happens on it is told as actions of call.ts.

import type { Action } from "./call";
import { Recovery } from "./recovery";
import { askAgain, credentials, fragment, monoOpus, refreshed, type Candidate } from "./sdp";
import { Meter, microphone, silence } from "./sound";
import { Arrivals, received } from "./stall";
import { CallError, iceServers, patch, post, remove, restart, type Answer } from "./whip";
import { parse, type Request } from "./wire";

export interface Options {
  url: string; // where the offer goes
  headers?: HeadersInit;
  servers?: string; // where the ICE servers are told
  keepQuery?: boolean; // later requests of the call carry the url's query too
  silent?: boolean; // no microphone: the caller types
  before?: () => Promise<void>; // run when the microphone is there, before anything is offered
  told: (action: Action) => void;
}

const gathering = 500; // ms to wait for candidates before the offer goes
const answering = 15_000; // ms for the server to answer an offer
const stalled = 12_000; // ms without a connection after which a call is lost
const setup: RTCConfiguration = { iceServers: [], bundlePolicy: "max-bundle" };
const looking = 500; // ms between two looks at whether anything comes
const goodbye = 1_000; // ms to wait for the server's own end of the call

/** Line carries one call. It is opened once and closed once. */
export class Line {
  private readonly peer = new RTCPeerConnection(setup);
  private readonly events = this.peer.createDataChannel("events", { ordered: true });
  private readonly context = new AudioContext();
  private readonly aborted = new AbortController();
  private readonly late: Candidate[] = [];
  private readonly player = new Audio();
  private readonly recovery = new Recovery(this.peer, () => this.restart(), () => this.lost());
  private mine: MediaStream | null = null;
  private near: Meter | null = null;
  private far: Meter | null = null;
  private answer: Answer | null = null;
  private offered = "";
  private restarting = false;
  private closed = false;
  private leaving = false; // hang up was pressed
  private over = false; // the server has ended the call and needs no DELETE
  private finished: () => void = () => undefined;
  private stall: ReturnType<typeof setTimeout> | undefined;
  private readonly arrivals = new Arrivals();
  private looks: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly options: Options) {
    this.player.autoplay = true;
    this.peer.ontrack = (event) => this.hear(event.streams[0] ?? new MediaStream([event.track]));
    this.peer.onicecandidate = (event) => this.trickle(event.candidate);
    this.peer.onconnectionstatechange = () => this.connection();
    this.events.onmessage = (event) => this.message(event.data);
    this.events.onclose = () => this.lost(true);
    addEventListener("pagehide", this.leave);
  }

  /** open places the call. It throws a CallError, and the line is closed then. */
  async open(): Promise<void> {
    try {
      await this.place();
    } catch (error) {
      await this.close();
      throw error instanceof CallError ? error : new CallError({ code: "refused", detail: String(error) });
    }
  }

  /** send tells the server something; false if there is no way to it. */
  send(request: Request): boolean {
    if (this.events.readyState !== "open") return false;
    this.events.send(JSON.stringify(request));

    return true;
  }

  mute(on: boolean): void {
    for (const track of this.mine?.getAudioTracks() ?? []) track.enabled = !on;
    this.send({ type: "mute", on });
  }

  /** levels returns how loud this side and the other are now, 0 to 1. */
  levels(): { near: number; far: number } {
    return { near: this.near?.level() ?? 0, far: this.far?.level() ?? 0 };
  }

  /** hangUp ends the call: the server is told, and heard out if it answers. */
  async hangUp(): Promise<void> {
    if (this.closed) return;
    this.leaving = true;
    if (this.send({ type: "hangup" })) {
      await new Promise<void>((resolve) => {
        this.finished = resolve;
        setTimeout(resolve, goodbye);
      });
    }
    await this.close();
    this.options.told({ do: "closed", now: performance.now() });
  }

  /** close lets go of everything that the line holds; over means that the server has done so. */
  async close(over = false): Promise<void> {
    if (this.closed) return;
    this.over ||= over;
    this.closed = true;
    removeEventListener("pagehide", this.leave);
    clearTimeout(this.stall);
    clearInterval(this.looks);
    this.recovery.stop();
    this.aborted.abort();
    const location = this.answer?.location;
    for (const track of this.mine?.getTracks() ?? []) track.stop();
    this.near?.close();
    this.far?.close();
    this.player.srcObject = null;
    this.peer.close();
    await this.context.close().catch(() => undefined);
    if (location !== undefined && !this.over) await remove(location, this.options.headers);
  }

  private async place(): Promise<void> {
    this.mine = this.options.silent ? silence(this.context) : await microphone();
    if (this.closed) throw new CallError({ code: "lost" });
    this.near = new Meter(this.context, this.mine);
    for (const track of this.mine.getAudioTracks()) this.peer.addTrack(track, this.mine);
    await this.options.before?.();
    this.options.told({ do: "offer" });
    if (this.options.servers !== undefined) {
      const servers = await iceServers(this.options.servers, this.options.headers);
      if (this.closed) throw new CallError({ code: "lost" });
      if (servers.length > 0) this.peer.setConfiguration({ ...setup, iceServers: servers });
    }
    await this.offer();

    const patience = AbortSignal.timeout(answering);
    const answer = await post(this.options.url, this.offered, this.options.headers, AbortSignal.any([patience, this.aborted.signal]));
    if (this.options.keepQuery) answer.location = answer.location.replace(/\?.*|$/, new URL(this.options.url, document.baseURI).search);
    if (this.closed) return void remove(answer.location, this.options.headers); // hung up meanwhile
    this.answer = answer;
    await this.peer.setRemoteDescription({ type: "answer", sdp: this.answer.sdp });
    await this.flush();
  }

  // offer describes this side, with the candidates that come soon.
  private async offer(iceRestart = false): Promise<void> {
    const offer = await this.peer.createOffer({ iceRestart });
    await this.peer.setLocalDescription({ type: "offer", sdp: askAgain(monoOpus(offer.sdp ?? "")) });
    await this.gathered();
    this.offered = this.peer.localDescription?.sdp ?? "";
    this.late.length = 0; // those found so far stand in the offer
  }

  // restart finds another way through the network for the same call.
  private async restart(): Promise<void> {
    const answer = this.answer;
    if (answer === null) return;
    this.restarting = true; // late candidates wait for the new session
    try {
      await this.offer(true);
      const told = await restart(answer, credentials(this.offered), this.options.headers);
      if (this.closed) return;
      this.answer = { ...answer, sdp: refreshed(answer.sdp, told.fragment), etag: told.etag };
      await this.peer.setRemoteDescription({ type: "answer", sdp: this.answer.sdp });
    } finally {
      this.restarting = false;
    }
    await this.flush();
  }

  private gathered(): Promise<void> {
    // After a restart the state is that of the last gathering for a moment.
    const done = () => this.peer.iceGatheringState === "complete" && /^a=candidate:/m.test(this.peer.localDescription?.sdp ?? "");
    if (done()) return Promise.resolve();

    return new Promise((resolve) => {
      this.peer.addEventListener("icegatheringstatechange", () => {
        if (done()) resolve();
      });
      setTimeout(resolve, gathering);
    });
  }

  private trickle(candidate: RTCIceCandidate | null): void {
    this.late.push({ candidate: candidate?.candidate ?? "", sdpMid: candidate?.sdpMid ?? null });
    if (this.answer !== null && !this.restarting) void this.flush();
  }

  private async flush(): Promise<void> {
    const body = fragment(this.offered, this.late.splice(0));
    if (body !== null && this.answer !== null) await patch(this.answer, body, this.options.headers);
  }

  private hear(stream: MediaStream): void {
    this.player.srcObject = stream;
    void this.player.play().catch(() => undefined);
    this.far = new Meter(this.context, stream);
    void this.context.resume().catch(() => undefined);
  }

  private message(data: unknown): void {
    if (typeof data !== "string") return;
    const message = parse(data);
    if (message === undefined) return;
    this.options.told({ do: "message", message, now: performance.now() });
    if (message.type !== "ended") return;
    this.over = true;
    this.finished();
    void this.close();
  }

  private connection(): void {
    switch (this.peer.connectionState) {
      case "connected":
        clearTimeout(this.stall);
        this.stall = undefined;
        this.options.told({ do: "answered", now: performance.now() });
        this.options.told({ do: "weak", on: false, now: performance.now() });
        this.looks ??= setInterval(() => void this.look(), looking);
        break;
      case "disconnected":
      case "failed":
        this.options.told({ do: "weak", on: true, now: performance.now() });
        this.stall ??= setTimeout(() => this.lost(), stalled);
        break;
    }
  }

  // look tells when nothing comes any more, and when something does again.
  private async look(): Promise<void> {
    const change = this.arrivals.seen(await received(this.peer).catch(() => 0), performance.now());
    if (change !== null && !this.closed) this.options.told({ do: "weak", ...change, now: performance.now() });
  }

  // lost ends a call whose network went away, or that the server closed without
  // a word.
  private lost(byServer = false): void {
    if (this.closed) return;
    if (byServer) this.over = true;
    this.finished();
    if (this.leaving) return;
    this.options.told({ do: "failed", failure: { code: "lost" }, now: performance.now() });
    void this.close();
  }

  // leave hangs up when the page goes: nothing else runs after it.
  private readonly leave = (): void => {
    this.send({ type: "hangup" });
    if (this.answer !== null) void remove(this.answer.location, this.options.headers);
  };
}
