// A member as the desk may see them: what the server left in after consent and
// role. What is missing is unknown or withheld, and is not shown.

import { fields, number, text } from "../wire";

export interface Profile {
  id: string;
  zh: string; // how to address them, by language
  en: string;
  phone: string; // masked
  tier: string;
  lang: string;
  points: number | null;
  purchase: { zh: string; en: string; at: string } | null;
  orders: number | null;
  complaint: string; // the ticket of one that is not resolved
  interactions: { at: string; text: string }[];
  tags: string[];
  stale: boolean; // the store could not confirm it
}

/** profileOf reads a member's view; null where the caller is unknown. */
export function profileOf(value: unknown): Profile | null {
  const from = fields(value);
  if (Object.keys(from).length === 0) return null;
  const gender = text(from["gender"]);
  const plain = text(from["name"]);
  const name = fields(from["name"]);
  const purchase = from["last_purchase"];
  const item = fields(purchase);
  const said = text(purchase);

  return {
    id: text(from["id"]) ?? "",
    zh: plain ?? address(name, gender, "zh"),
    en: plain ?? address(name, gender, "en"),
    phone: text(from["phone"]) ?? "",
    tier: text(from["tier"]) ?? "",
    lang: text(from["lang"]) ?? "",
    points: number(from["points"]) ?? null,
    purchase: purchaseOf(item, said),
    orders: number(fields(from["consumption"])["orders"]) ?? null,
    complaint: text(fields(from["complaint"])["ticket"]) ?? "",
    interactions: interactionsOf(from["interactions"]),
    tags: Array.isArray(from["tags"]) ? from["tags"].map((tag) => text(tag) ?? text(fields(tag)["name"]) ?? "") : [],
    stale: from["stale"] === true,
  };
}

function purchaseOf(item: Record<string, unknown>, said: string | undefined): Profile["purchase"] {
  if (said !== undefined) return { zh: said, en: said, at: "" };
  const zh = text(item["name"]);
  const en = text(item["name_en"]);
  if (zh === undefined && en === undefined) return null;

  return { zh: zh ?? en ?? "", en: en ?? zh ?? "", at: text(item["at"]) ?? "" };
}

function interactionsOf(value: unknown): Profile["interactions"] {
  if (!Array.isArray(value)) return [];

  return value
    .map(fields)
    .slice(0, 3)
    .map((one) => ({ at: text(one["at"]) ?? "", text: text(one["summary"]) ?? text(one["intent"]) ?? text(one["kind"]) ?? "" }))
    .filter((one) => one.text !== "");
}

// address is the surname and title, or the whole name where the title is not known.
function address(name: Record<string, unknown>, gender: string | undefined, lang: "zh" | "en"): string {
  const family = text(name["family"]);
  const familyEn = text(name["family_en"]);
  const whole = { zh: (family ?? "") + (text(name["given"]) ?? ""), en: [text(name["given_en"]), familyEn].filter(Boolean).join(" ") };
  const full = lang === "zh" ? whole.zh || whole.en : whole.en || whole.zh;
  if (gender === undefined) return full;
  const woman = gender === "female";
  if (lang === "en") return familyEn === undefined ? full : `${woman ? "Ms" : "Mr"} ${familyEn}`;
  const surname = family ?? familyEn;

  return surname === undefined ? full : surname + (woman ? "女士" : "先生");
}
