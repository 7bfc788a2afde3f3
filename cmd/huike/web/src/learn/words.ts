// The words of the page on which the shop learns, in both languages.

import type { Lang } from "../words";

const en = {
  title: "huike · learning",
  note: "learning and quality",
  desk: "The desk",
  token: "Desk token",
  login: "Open",
  logout: "Leave",
  loading: "One moment…",
  noServer: "The server does not answer.",
  unanswered: "What was not answered",
  none: "Nothing was left unanswered.",
  rate: (n: number, of: number) => `${n} of ${of} are answered by now`,
  times: (n: number) => `${n}×`,
  answered: "answered by now",
  open: "not answered",
  write: "Write an answer",
  question: "Question",
  zh: "Answer in Chinese",
  en: "Answer in English",
  leads: "Or what they want: the flow that it starts",
  noFlow: "no flow",
  approve: "Approve for the next call",
  cancel: "Cancel",
  learned: (before: number, after: number, of: number) => `Taken for the next call. Of ${of}, ${before} were answered before, ${after} are now.`,
  versions: "Versions",
  version: "Version",
  back: "Back to this",
  inUse: "in use",
  entries: "entries",
  quality: "Quality of calls",
  covered: (scored: number, of: number) => `${scored} of ${of} finished calls were held to the rules`,
  clean: (n: number) => `${n} with nothing broken`,
  rule: "Rule",
  broken: "Broken in",
  calls: "Calls with violations",
};

export type Words = typeof en;

const zh: Words = {
  title: "会客 · 学习",
  note: "学习与质检",
  desk: "坐席台",
  token: "坐席令牌",
  login: "打开",
  logout: "退出",
  loading: "请稍候…",
  noServer: "服务器没有应答。",
  unanswered: "未能回答的问题",
  none: "没有未回答的问题。",
  rate: (n, of) => `${of} 个问题中现在能回答 ${n} 个`,
  times: (n) => `${n} 次`,
  answered: "现在能回答",
  open: "还不能回答",
  write: "补充答案",
  question: "问题",
  zh: "中文答案",
  en: "英文答案",
  leads: "或客户想办的事：转入的流程",
  noFlow: "不转流程",
  approve: "批准，下一通电话生效",
  cancel: "取消",
  learned: (before, after, of) => `下一通电话起生效。${of} 个问题中，之前能回答 ${before} 个，现在 ${after} 个。`,
  versions: "版本",
  version: "版本",
  back: "回到此版本",
  inUse: "使用中",
  entries: "条",
  quality: "通话质检",
  covered: (scored, of) => `${of} 通已结束的通话中已质检 ${scored} 通`,
  clean: (n) => `${n} 通没有违规`,
  rule: "规则",
  broken: "违规通数",
  calls: "有违规的通话",
};

/** wordsOf returns the page's words in a language. */
export function wordsOf(lang: Lang): Words {
  return lang === "zh" ? zh : en;
}
