// The shop's own terms, as its flows and its routing table name them, in the
// words of whoever works at the desk. What is not listed is shown as it is.

import type { Slot } from "../wire";
import type { Lang } from "../words";

type Terms = Record<string, Record<Lang, string>>;

const intents: Terms = {
  person: { zh: "人工服务", en: "A person" },
  complaint: { zh: "投诉", en: "A complaint" },
  "other.business": { zh: "其他业务", en: "Other business" },
  "points.balance": { zh: "积分查询", en: "Points balance" },
  "points.redeem": { zh: "积分兑换", en: "Redeeming points" },
  "coupon.list": { zh: "优惠券查询", en: "Coupons" },
  "coupon.best": { zh: "最划算的优惠券", en: "The best coupon" },
  "order.status": { zh: "订单查询", en: "Order status" },
  "order.list": { zh: "订单列表", en: "A list of orders" },
  "order.cancel": { zh: "取消订单", en: "Cancelling an order" },
  "order.return": { zh: "退货", en: "Returning goods" },
  "order.exchange": { zh: "换货", en: "Exchanging goods" },
  "order.address": { zh: "修改收货地址", en: "Changing a delivery address" },
  "stock.nearby": { zh: "门店库存", en: "Stock nearby" },
  "store.hours": { zh: "营业时间", en: "Opening hours" },
  callback: { zh: "预约回电", en: "A call-back" },
  "product.price": { zh: "商品价格", en: "A price" },
  recommend: { zh: "商品推荐", en: "A recommendation" },
  "pickup.reserve": { zh: "到店自提", en: "Putting something aside" },
  booking: { zh: "预约到店", en: "A booking in a store" },
  "booking.cancel": { zh: "取消预约", en: "Calling a booking off" },
  register: { zh: "注册会员", en: "Joining as a member" },
  "profile.change": { zh: "修改会员资料", en: "Changing member's details" },
  referral: { zh: "推荐好友", en: "Bringing a friend" },
  chat: { zh: "闲聊", en: "A chat" },
  unsolved: { zh: "问题未解决", en: "The problem is not solved" },
};

const slots: Terms = {
  order_number: { zh: "订单号", en: "Order number" },
  product: { zh: "商品", en: "Product" },
  product_text: { zh: "商品（原话）", en: "Product, in their words" },
  store: { zh: "门店", en: "Store" },
  date: { zh: "日期", en: "Date" },
  time: { zh: "时间", en: "Time" },
  phone: { zh: "电话", en: "Phone" },
  when: { zh: "时间", en: "When" },
  reason: { zh: "原因", en: "Reason" },
  text: { zh: "原话", en: "In their words" },
  problem_text: { zh: "要办的事", en: "What it is about" },
  complaint_text: { zh: "出了什么问题", en: "What went wrong" },
  want: { zh: "想换成", en: "Wants instead" },
  address: { zh: "地址", en: "Address" },
  name: { zh: "姓名", en: "Name" },
  service: { zh: "服务", en: "Service" },
  booking_number: { zh: "预约号", en: "Booking number" },
  birth_year: { zh: "出生年份", en: "Year of birth" },
  points: { zh: "积分", en: "Points" },
};

// What the dialog needs and a person does not: bare answers to its own questions.
const inner = new Set(["answer", "consent", "want_person", "want_callback", "want_adviser", "field", "value"]);

const rules: Terms = {
  asked: { zh: "来电人要求人工", en: "the caller asked for a person" },
  complaint: { zh: "来电人投诉", en: "the caller complained" },
  angry: { zh: "来电人情绪激动", en: "the caller is upset" },
  vulnerable: { zh: "来电人需要耐心", en: "the caller needs patience" },
  vulnerable_tag: { zh: "会员标签提示需要关怀", en: "the member's tags ask for care" },
  busy: { zh: "来电人现在不方便", en: "the caller has no time now" },
  confused: { zh: "来电人多次没听清", en: "the caller did not follow, several times" },
  value_business: { zh: "高等级会员办人工业务", en: "a member of a high tier, with business for a person" },
  value_failure: { zh: "高等级会员的问题未解决", en: "a member of a high tier, whose problem was not solved" },
  failures: { zh: "同一问题多次未解决", en: "the same problem failed several times" },
  no_answer: { zh: "多次没有听懂", en: "several answers were not understood" },
  lead: { zh: "来电人有购买意向", en: "the caller seems to want to buy" },
};

const moods: Terms = {
  angry: { zh: "生气", en: "Angry" },
  vulnerable: { zh: "需要耐心", en: "Needs patience" },
  busy: { zh: "没有时间", en: "Has no time" },
  unwilling: { zh: "不愿多谈", en: "Unwilling to talk" },
  happy: { zh: "满意", en: "Pleased" },
};

const of = (terms: Terms) => (name: string, lang: Lang) => terms[name]?.[lang] ?? name;

/** intentName, slotName, ruleName and moodName word a term of the shop. */
export const intentName = of(intents);
export const slotName = of(slots);
export const ruleName = of(rules);
export const moodName = of(moods);

/** telling returns the slots that tell a person something. */
export function telling(list: readonly Slot[]): Slot[] {
  return list.filter((slot) => !inner.has(slot.name) && slot.value !== "");
}
