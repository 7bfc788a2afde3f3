// How values are shown: money, days, tags and codes, as people read them.

import type { Lang } from "../words";

const locale: Record<Lang, string> = { zh: "zh-CN", en: "en" };

/** money shows hundredths of the shop's currency. */
export function money(hundredths: number, lang: Lang): string {
  return `¥${(hundredths / 100).toLocaleString(locale[lang], { minimumFractionDigits: hundredths % 100 === 0 ? 0 : 2, maximumFractionDigits: 2 })}`;
}

/** count shows a whole number. */
export function count(n: number, lang: Lang): string {
  return n.toLocaleString(locale[lang]);
}

/** day shows a date, moment a date and a time. */
export function day(at: string | undefined, lang: Lang): string {
  return at === undefined || at === "" ? "" : new Date(at).toLocaleDateString(locale[lang], { dateStyle: "medium" });
}

export function moment(at: string, lang: Lang): string {
  return new Date(at).toLocaleString(locale[lang], { dateStyle: "medium", timeStyle: "short" });
}

/** percent shows a share. */
export function percent(share: number, lang: Lang): string {
  return share.toLocaleString(locale[lang], { style: "percent", maximumFractionDigits: 0 });
}

/** language names a language in the page's. */
export function language(code: string | undefined, lang: Lang): string {
  if (code === "zh") return "中文";
  if (code === "en") return "English";

  return code ?? (lang === "zh" ? "未知" : "Unknown");
}
