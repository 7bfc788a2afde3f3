import { describe, expect, test } from "vitest";
import { fragment, monoOpus } from "./sdp";
import { scale } from "./sound";
import { detailOf, failureOf, retryAfter } from "./whip";

const offer = ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:0 PCMU/8000", ""].join("\r\n");

describe("monoOpus", () => {
  test("asks for mono, in-band FEC and silence left out", () => {
    expect(monoOpus(offer)).toContain("a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1;stereo=0;sprop-stereo=0\r\n");
  });
  test("keeps what else the browser asked for", () => {
    expect(monoOpus(offer.replace("minptime=10", "maxplaybackrate=16000"))).toContain("a=fmtp:111 maxplaybackrate=16000;useinbandfec=1;minptime=10;");
  });
  test("adds the line where there is none", () => {
    expect(monoOpus(offer.replace(/a=fmtp.*\r\n/, ""))).toContain("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;");
  });
  test("changes no other line", () => {
    const changed = monoOpus(offer).split("\r\n");
    expect(changed.filter((line, i) => line !== offer.split("\r\n")[i])).toHaveLength(1);
  });
  test("leaves an offer without Opus alone", () => {
    expect(monoOpus("v=0\r\n")).toBe("v=0\r\n");
  });
});

describe("fragment", () => {
  test("is what RFC 8840 has", () => {
    expect(fragment(offer, [{ candidate: "candidate:1 1 udp 1 127.0.0.1 5000 typ host", sdpMid: "0" }, { candidate: "", sdpMid: null }])).toBe(
      ["a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:0", "a=candidate:1 1 udp 1 127.0.0.1 5000 typ host", "a=end-of-candidates", ""].join("\r\n"),
    );
  });
  test("is nothing without candidates or without an offer", () => {
    expect(fragment(offer, [])).toBeNull();
    expect(fragment("v=0", [{ candidate: "", sdpMid: null }])).toBeNull();
  });
});

describe("a refusal", () => {
  test("by a full server says why and when to come back", async () => {
    const response = new Response('{"title":"Service Unavailable","detail":"80 calls are running"}', { status: 503, headers: { "Content-Type": "application/problem+json", "Retry-After": "5" } });
    expect(await failureOf(response, 1000)).toEqual({ code: "full", detail: "80 calls are running", retryAt: 6000 });
  });
  test.each<[number, string]>([
    [400, "refused"],
    [401, "unauthorized"],
    [404, "gone"],
    [409, "gone"],
    [429, "full"],
    [500, "refused"],
    [502, "unreachable"],
  ])("with status %i is %s", async (status, code) => {
    expect((await failureOf(new Response("", { status }), 0)).code).toBe(code);
  });
  test("shows no page of a proxy", () => {
    expect(detailOf("<html>no</html>", "text/html")).toBe("");
    expect(detailOf("plain words", "text/plain")).toBe("plain words");
    expect(detailOf("{broken", "application/json")).toBe("");
  });
});

test.each<[string | null, number | null]>([
  [null, null],
  ["", null],
  ["3", 3000],
  ["-1", 0],
  ["Thu, 01 Jan 1970 00:00:10 GMT", 9000],
  ["soon", null],
])("Retry-After %j is %j ms from now", (header, want) => {
  expect(retryAfter(header, 1000)).toBe(want);
});

test("a meter goes as decibels do", () => {
  expect([scale(0), scale(0.001), scale(1), scale(2)]).toEqual([0, 0, 1, 1]);
  expect(scale(0.0316)).toBeCloseTo(0.5, 2);
});
