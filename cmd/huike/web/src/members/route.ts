// Which page of the members is shown, as the part of the address after #.

export type Page = "search" | "person" | "segments" | "rules" | "figures" | "merges" | "imports" | "audit";

export interface Route {
  page: Page;
  id: string; // of the member, on their page
  query: Record<string, string>;
}

const pages: readonly string[] = ["search", "segments", "rules", "figures", "merges", "imports", "audit"];

/** routeOf reads an address. What it does not know is the search. */
export function routeOf(hash: string): Route {
  const [path = "", text = ""] = hash.replace(/^#\/?/, "").split("?");
  const query = Object.fromEntries(new URLSearchParams(text));
  const [page = "", id = ""] = path.split("/").map(plain);
  if (page === "m" && id !== "") return { page: "person", id, query };

  return { page: pages.includes(page) ? (page as Page) : "search", id: "", query };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** addressOf writes an address. */
export function addressOf(page: Page, id = "", query: Record<string, string> = {}): string {
  const path = page === "person" ? `m/${encodeURIComponent(id)}` : page;
  const text = new URLSearchParams(query).toString();

  return `#/${path}${text === "" ? "" : `?${text}`}`;
}
