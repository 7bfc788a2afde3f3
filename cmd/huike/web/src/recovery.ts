// What a call does when its network goes or changes: ICE restarts, one at a
// time, until it is connected again. Who gives up, and when, is the line's
// business.

import { CallError } from "./whip";

const pause = 1_000; // ms between two attempts

/** The part of an RTCPeerConnection that tells how its network does. */
export type Watched = Pick<RTCPeerConnection, "iceConnectionState" | "signalingState"> & EventTarget;

/** Recovery restarts ICE when the network fails, comes back or is another. */
export class Recovery {
  private running = false;
  private again = false; // the network changed during an attempt
  private stopped = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly network = (navigator as { connection?: EventTarget }).connection;

  /** restart is one attempt, which may throw; gone is called when the server knows no such call. */
  constructor(
    private readonly peer: Watched,
    private readonly restart: () => Promise<void>,
    private readonly gone: () => void,
  ) {
    peer.addEventListener("iceconnectionstatechange", this.state);
    peer.addEventListener("negotiationneeded", this.asked);
    addEventListener("online", this.changed);
    this.network?.addEventListener("change", this.changed);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.peer.removeEventListener("iceconnectionstatechange", this.state);
    this.peer.removeEventListener("negotiationneeded", this.asked);
    removeEventListener("online", this.changed);
    this.network?.removeEventListener("change", this.changed);
  }

  private readonly state = (): void => {
    if (this.broken()) void this.recover();
  };

  // changed also restarts what still seems connected: over a network that is gone.
  private readonly changed = (): void => {
    if (this.peer.iceConnectionState === "new") return; // not called yet
    this.again = true;
    void this.recover();
  };

  // asked is how restartIce() shows; tracks and channels are there before the call.
  private readonly asked = (): void => {
    if (this.peer.signalingState === "stable") this.changed();
  };

  private broken(): boolean {
    return this.peer.iceConnectionState === "disconnected" || this.peer.iceConnectionState === "failed";
  }

  private async recover(): Promise<void> {
    if (this.running || this.stopped) return;
    this.running = true;
    clearTimeout(this.timer);
    this.again = false;
    let failed = false;
    try {
      await this.restart();
    } catch (error) {
      failed = true;
      if (error instanceof CallError && (error.failure.code === "gone" || error.failure.code === "unauthorized")) this.gone();
    }
    this.running = false;
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      if (failed || this.again || this.broken()) void this.recover();
    }, pause);
  }
}
