// What the page changes in an offer, and how candidates travel after it.

/** wanted asks for Opus as huike sends it: mono, with in-band FEC, silence left out (RFC 7587). */
const wanted: Record<string, string> = { minptime: "10", useinbandfec: "1", usedtx: "1", stereo: "0", "sprop-stereo": "0" };

/** monoOpus returns an offer whose Opus is mono with in-band FEC. */
export function monoOpus(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (opus === undefined) return sdp;

  const line = new RegExp(`^a=fmtp:${opus} (.*?)\\r?$`, "m");
  const old = line.exec(sdp)?.[1] ?? "";
  const parameters = new Map(
    old
      .split(";")
      .map((pair) => pair.trim().split("=", 2) as [string, string])
      .filter(([name]) => name !== ""),
  );
  for (const [name, value] of Object.entries(wanted)) parameters.set(name, value);
  const fmtp = `a=fmtp:${opus} ${[...parameters].map(([name, value]) => `${name}=${value}`).join(";")}`;

  if (line.test(sdp)) return sdp.replace(line, fmtp + (sdp.includes("\r\n") ? "\r" : ""));

  return sdp.replace(new RegExp(`^(a=rtpmap:${opus} .*?)(\\r?)$`, "m"), `$1$2\n${fmtp}$2`);
}

/** askAgain returns an offer whose Opus packets may be asked for again (RFC 4585). */
export function askAgain(sdp: string): string {
  const opus = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (opus === undefined || new RegExp(`^a=rtcp-fb:(?:${opus}|\\*) nack\\r?$`, "m").test(sdp)) return sdp;

  return sdp.replace(new RegExp(`^(a=rtpmap:${opus} .*?)(\\r?)$`, "m"), `$1$2\na=rtcp-fb:${opus} nack$2`);
}

/** credentials is what of an offer is about ICE: the request of an ICE restart (RFC 9725). */
export function credentials(offer: string): string {
  const first = offer.split(/^(?=m=)/m).slice(0, 2).join("");
  const wanted = /^(?:m=|a=(?:mid|ice-ufrag|ice-pwd|candidate|end-of-candidates)\b)/;

  return first.split(/\r?\n/).filter((line) => wanted.test(line)).join("\r\n") + "\r\n";
}

/** refreshed returns an answer with the credentials and candidates of a fragment. */
export function refreshed(answer: string, fragment: string): string {
  const lines = fragment.split(/\r?\n/);
  const ufrag = lines.find((line) => line.startsWith("a=ice-ufrag:"));
  const pwd = lines.find((line) => line.startsWith("a=ice-pwd:"));
  if (ufrag === undefined || pwd === undefined) return answer;
  const candidates = lines.filter((line) => /^a=(?:candidate:|end-of-candidates)/.test(line));

  return answer
    .split(/\r?\n/)
    .filter((line) => !/^a=(?:candidate:|end-of-candidates)/.test(line))
    .flatMap((line) => (line.startsWith("a=ice-ufrag:") ? [ufrag] : line.startsWith("a=ice-pwd:") ? [pwd, ...candidates] : [line]))
    .join("\r\n");
}

export interface Candidate {
  candidate: string; // as in RTCIceCandidate: "candidate:…"; empty means no more will come
  sdpMid: string | null;
}

/** fragment writes candidates as RFC 8840 has them; null if there is nothing to say. */
export function fragment(offer: string, candidates: readonly Candidate[]): string | null {
  const ufrag = /^a=ice-ufrag:(.*?)\r?$/m.exec(offer)?.[1];
  const pwd = /^a=ice-pwd:(.*?)\r?$/m.exec(offer)?.[1];
  if (ufrag === undefined || pwd === undefined || candidates.length === 0) return null;

  const lines = [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`];
  const mids = [...new Set(candidates.filter((one) => one.candidate !== "").map((one) => one.sdpMid ?? "0"))];
  for (const mid of mids) {
    lines.push("m=audio 9 UDP/TLS/RTP/SAVPF 0", `a=mid:${mid}`);
    for (const one of candidates) {
      if (one.candidate !== "" && (one.sdpMid ?? "0") === mid) lines.push(`a=${one.candidate.replace(/^a=/, "")}`);
    }
  }
  if (candidates.some((one) => one.candidate === "")) lines.push("a=end-of-candidates");

  return lines.join("\r\n") + "\r\n";
}
