import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Recovery, type Watched } from "./recovery";
import { askAgain, credentials, refreshed } from "./sdp";
import { CallError, linked } from "./whip";

class Peer extends EventTarget {
  iceConnectionState: RTCIceConnectionState = "connected";
  signalingState: RTCSignalingState = "stable";
  is(state: RTCIceConnectionState): void {
    this.iceConnectionState = state;
    this.dispatchEvent(new Event("iceconnectionstatechange"));
  }
}

describe("a call", () => {
  const bus = new EventTarget();
  let peer: Peer;
  beforeEach(() => {
    vi.useFakeTimers();
    peer = new Peer();
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("addEventListener", bus.addEventListener.bind(bus));
    vi.stubGlobal("removeEventListener", bus.removeEventListener.bind(bus));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const watch = (restart: () => Promise<void>, gone = vi.fn()) => ({ recovery: new Recovery(peer as unknown as Watched, restart, gone), gone });

  test("that stalls restarts ICE at once, and every second until it is back", async () => {
    const restart = vi.fn(() => Promise.reject(new CallError({ code: "unreachable" })));
    watch(restart);
    peer.is("disconnected");
    await vi.advanceTimersByTimeAsync(2500);
    expect(restart).toHaveBeenCalledTimes(3);
    restart.mockImplementation(() => {
      peer.is("connected");

      return Promise.reject(new Error()).catch(() => undefined) as Promise<never>;
    });
    await vi.advanceTimersByTimeAsync(5000);
    expect(restart).toHaveBeenCalledTimes(4);
  });
  test("whose network is another restarts though it seems connected", async () => {
    const restart = vi.fn(() => Promise.resolve());
    watch(restart);
    bus.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(5000);
    expect(restart).toHaveBeenCalledTimes(1);
  });
  test("has one attempt at a time", async () => {
    let done = () => undefined as void;
    const restart = vi.fn(() => new Promise<void>((resolve) => (done = resolve)));
    watch(restart);
    peer.is("disconnected");
    peer.is("failed");
    bus.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(5000);
    expect(restart).toHaveBeenCalledTimes(1);
    peer.iceConnectionState = "connected";
    done();
    await vi.advanceTimersByTimeAsync(1500); // the network changed meanwhile
    expect(restart).toHaveBeenCalledTimes(2);
  });
  test("that the server does not know any more is gone", async () => {
    const { gone } = watch(() => Promise.reject(new CallError({ code: "gone" })));
    peer.is("failed");
    await vi.advanceTimersByTimeAsync(100);
    expect(gone).toHaveBeenCalled();
  });
  test("that is over restarts nothing", async () => {
    const restart = vi.fn(() => Promise.resolve());
    const { recovery } = watch(restart);
    recovery.stop();
    peer.is("failed");
    bus.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(5000);
    expect(restart).not.toHaveBeenCalled();
  });
});

const offer = ["v=0", "a=group:BUNDLE 0 1", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=candidate:1 1 udp 1 127.0.0.1 5000 typ host", "a=rtpmap:111 opus/48000/2", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:1", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", ""].join("\r\n");

describe("an ICE restart", () => {
  test("asks with the first section's credentials and candidates", () => {
    expect(credentials(offer)).toBe(["m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=candidate:1 1 udp 1 127.0.0.1 5000 typ host", ""].join("\r\n"));
  });
  test("changes the answer's credentials and candidates, and nothing else", () => {
    const fresh = refreshed(offer, "m=audio 9 X 0\r\na=mid:0\r\na=ice-ufrag:efgh\r\na=ice-pwd:new\r\na=candidate:2 1 udp 1 10.0.0.1 6000 typ host\r\na=end-of-candidates\r\n");
    expect(fresh).toBe(
      ["v=0", "a=group:BUNDLE 0 1", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=ice-ufrag:efgh", "a=ice-pwd:new", "a=candidate:2 1 udp 1 10.0.0.1 6000 typ host", "a=end-of-candidates", "a=rtpmap:111 opus/48000/2", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:1", "a=ice-ufrag:efgh", "a=ice-pwd:new", "a=candidate:2 1 udp 1 10.0.0.1 6000 typ host", "a=end-of-candidates", ""].join("\r\n"),
    );
  });
  test("leaves an answer alone when the fragment has no credentials", () => {
    expect(refreshed(offer, "a=end-of-candidates\r\n")).toBe(offer);
  });
});

test("Opus packets may be asked for again, once", () => {
  const asked = askAgain(offer);
  expect(asked).toContain("a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 nack\r\n");
  expect(askAgain(asked)).toBe(asked);
  expect(askAgain("v=0\r\n")).toBe("v=0\r\n");
});

test.each<[string, RTCIceServer[]]>([
  ["", []],
  ['<stun:stun.example>; rel="ice-server"', [{ urls: "stun:stun.example" }]],
  ["<stun:stun.example>; rel=ice-server", [{ urls: "stun:stun.example" }]],
  ['</style>; rel="preload", <stun:a>; rel="ice-server"', [{ urls: "stun:a" }]],
  ['<turn:a?transport=udp>; rel="ice-server"; username="x, \\"y\\""; credential="c\\\\d;"; credential-type="password", <stun:b>; rel="ice-server"', [{ urls: "turn:a?transport=udp", username: 'x, "y"', credential: "c\\d;" }, { urls: "stun:b" }]],
])("Link %j is %j", (header, want) => {
  expect(linked(header)).toEqual(want);
});
