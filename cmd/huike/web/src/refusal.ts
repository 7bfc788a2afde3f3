// What a telephone's refusal means to a person, by the status of SIP in it (RFC 3261, 21).

export interface Refusals {
  busy: string;
  nobody: string;
  unknown: string;
  declined: string;
  full: string;
  cannot: string;
}

const meanings: Record<string, keyof Refusals> = { 404: "unknown", 484: "unknown", 604: "unknown", 486: "busy", 600: "busy", 408: "nobody", 480: "nobody", 603: "declined", 503: "full" };

/** because turns why a call was not passed on into words, and leaves what it does not know as it is. */
export function because(error: string, words: Refusals): string {
  if (error.includes("deadline exceeded")) return words.nobody;
  if (error.includes("cannot be passed on")) return words.cannot;
  const meaning = meanings[/\b[3-6][0-9]{2}\b/.exec(error)?.[0] ?? ""];

  return meaning === undefined ? error : words[meaning];
}
