// What the server says of itself, and who can be played on its demonstration.

import { fields, text } from "../wire";
import type { Lang } from "../words";

export interface Info {
  asr: Record<Lang, boolean>; // which languages are recognised
  desk: boolean;
  version: string;
}

export interface Demo {
  as: string;
  label: string;
  lang: string;
}

/** infoOf reads the server's answer. What it does not say is taken to work. */
export function infoOf(value: unknown): Info {
  const from = fields(value);
  const asr = fields(from["asr"]);

  return { asr: { en: asr["en"] !== false, zh: asr["zh"] !== false }, desk: from["desk"] !== false, version: text(from["version"]) ?? "" };
}

/** demosOf reads the list of the demonstration's members. */
export function demosOf(value: unknown): Demo[] {
  if (!Array.isArray(value)) return [];

  return value
    .map(fields)
    .map((one) => ({ as: text(one["as"]) ?? "", label: text(one["label"]) ?? text(one["as"]) ?? "", lang: text(one["lang"]) ?? "" }))
    .filter((one) => one.as !== "");
}

/** load asks for both, in a language; null where the server does not answer. */
export async function load(lang: Lang): Promise<{ info: Info; demos: Demo[] } | null> {
  try {
    const [info, demos] = await Promise.all([fetch("/v1/info"), fetch(`/v1/demo/members?lang=${lang}`)]);

    return {
      info: infoOf(info.ok ? await info.json() : null),
      demos: demosOf(demos.ok ? await demos.json() : null),
    };
  } catch {
    return null;
  }
}
