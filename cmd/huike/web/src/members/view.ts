// A member as the server shows them for a reader, a purpose and the member's consent.

import type { Lang } from "../words";

export interface Name {
  family?: string;
  given?: string;
  family_en?: string;
  given_en?: string;
}

export interface Purchase {
  order: string;
  product: string;
  name: string;
  name_en: string;
  category: string;
  at: string;
}

export interface Grant {
  purpose: string;
  given: boolean;
  at: string;
  notice?: string;
}

export interface Tag {
  name: string;
  source: string;
  author?: string;
  at: string;
  until?: string;
}

export interface View {
  id: string;
  version: number;
  stale?: boolean;
  consent?: Grant[];
  name?: Name;
  gender?: string;
  phone?: string;
  birth_year?: number;
  channel?: string;
  first_purchase?: string;
  tier?: string;
  lang?: string;
  stage?: string;
  points?: number;
  last_purchase?: Purchase;
  consumption?: { orders: number; spent: number; basket: number | null; hours: number[]; categories: Record<string, number> | null; last: string | null; recent: Purchase[] | null };
  preference?: { browsed: string[] | null; favourites: string[] | null; unbought: string[] | null; brands: string[] | null; sensitivity: number | null };
  complaint?: { ticket: string; at: string };
  tags?: Tag[];
  may: { identity: boolean; history: boolean; preference: boolean; location: boolean };
}

/** fullName is the whole name in a language, or in the other where there is none. */
export function fullName(name: Name | undefined, lang: Lang): string {
  if (name === undefined) return "";
  const zh = (name.family ?? "") + (name.given ?? "");
  const en = [name.given_en, name.family_en].filter(Boolean).join(" ");

  return lang === "zh" ? zh || en : en || zh;
}

/** categoriesOf are what was bought, the most first. */
export function categoriesOf(view: View): { name: string; value: number }[] {
  return Object.entries(view.consumption?.categories ?? {})
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => b.value - a.value || a.name.localeCompare(b.name))
    .slice(0, 6);
}
