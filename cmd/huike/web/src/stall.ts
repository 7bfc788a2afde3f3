// Whether anything still comes through the network. A browser calls a connection
// disconnected only seconds after the last packet; who listens wonders sooner. In
// silence no sound is sent: what comes then are the answers to the checks of ICE
// and its peer's own, each every two to three seconds (RFC 7675).

const patience = 4_000; // ms without a packet after which a connection stalls

export interface Stalled {
  on: boolean;
  since: number; // the page's clock when the last packet came
}

/** Arrivals judges a count of what has come, looked at again and again. */
export class Arrivals {
  private count = 0;
  private at = 0;
  private on = false;

  /** seen takes the count at a moment of the page's clock; it returns a change, or null. */
  seen(count: number, now: number): Stalled | null {
    if (count !== this.count) {
      this.count = count;
      this.at = now;
      if (!this.on) return null;
      this.on = false;

      return { on: false, since: now };
    }
    if (this.on || count === 0 || now - this.at < patience) return null;
    this.on = true;

    return { on: true, since: this.at };
  }
}

/** received returns a number that grows with whatever comes over a peer connection. */
export async function received(peer: Pick<RTCPeerConnection, "getStats">): Promise<number> {
  let sum = 0;
  for (const one of (await peer.getStats()).values() as Iterable<{ type: string; bytesReceived?: number; responsesReceived?: number; requestsReceived?: number }>) {
    if (one.type === "transport" || one.type === "inbound-rtp") sum += one.bytesReceived ?? 0;
    if (one.type === "candidate-pair") sum += (one.responsesReceived ?? 0) + (one.requestsReceived ?? 0);
  }

  return sum;
}
