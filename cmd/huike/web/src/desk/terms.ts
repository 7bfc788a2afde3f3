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
  "booking.list": { zh: "查询预约", en: "Bookings made" },
  "language.other": { zh: "其他语言", en: "Another language" },
  "booking.move": { zh: "更改预约", en: "Moving a booking" },
  "store.where": { zh: "门店地址", en: "Where the stores are" },
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

const channels: Terms = {
  phone: { zh: "电话", en: "Phone" },
  web: { zh: "网页", en: "Web" },
  websocket: { zh: "网页", en: "Web" },
  webrtc: { zh: "网页", en: "Web" },
  sip: { zh: "电话", en: "Phone" },
  twilio: { zh: "电话", en: "Phone" },
  app: { zh: "手机应用", en: "App" },
  wechat: { zh: "微信", en: "WeChat" },
  store: { zh: "门店", en: "Store" },
  import: { zh: "导入", en: "Import" },
};

// What happened, in the codes of events, orders, tickets and contacts.
const happenings: Terms = {
  browse: { zh: "浏览", en: "Looked at" },
  favourite: { zh: "收藏", en: "Liked" },
  cart: { zh: "加入购物车", en: "Put into the cart" },
  coupon: { zh: "优惠券", en: "Coupon" },
  visit: { zh: "到店", en: "Visited a store" },
  dwell: { zh: "停留", en: "Stayed" },
  device: { zh: "设备", en: "Device" },
  campaign: { zh: "活动", en: "Campaign" },
  placed: { zh: "已下单", en: "Placed" },
  paid: { zh: "已付款", en: "Paid" },
  packed: { zh: "已打包", en: "Packed" },
  shipped: { zh: "已发货", en: "Shipped" },
  delivered: { zh: "已送达", en: "Delivered" },
  returned: { zh: "已退货", en: "Returned" },
  cancelled: { zh: "已取消", en: "Cancelled" },
  open: { zh: "未解决", en: "Open" },
  resolved: { zh: "已解决", en: "Resolved" },
  welcome: { zh: "入会赠送", en: "Welcome" },
  import: { zh: "导入", en: "Import" },
  joined: { zh: "已参加", en: "Joined" },
  "product.advice": { zh: "商品咨询", en: "Advice on goods" },
};

// Tags that the shop starts with and agents often use. {} stands for a value.
const tags: Terms = {
  "常用渠道:{}": { zh: "常用渠道：{}", en: "Usual channel: {}" },
  "常去:{}": { zh: "常去：{}", en: "Often at: {}" },
  母婴潜在客户: { zh: "母婴潜在客户", en: "Mother and baby, potential" },
  跑步: { zh: "跑步", en: "Running" },
  hiking: { zh: "徒步", en: "Hiking" },
  running: { zh: "跑步", en: "Running" },
  易怒: { zh: "易怒", en: "Easily upset" },
  irritable: { zh: "易怒", en: "Easily upset" },
  专家型: { zh: "专家型", en: "Knows the goods" },
  expert: { zh: "专家型", en: "Knows the goods" },
  silent: { zh: "沉默", en: "Silent" },
  vip: { zh: "贵宾", en: "VIP" },
  elderly: { zh: "长者", en: "Elderly" },
  vulnerable: { zh: "需要关怀", en: "Needs care" },
};

const of = (terms: Terms) => (name: string, lang: Lang) => terms[name]?.[lang] ?? name;

/** intentName, slotName, ruleName, moodName and channelName word a term of the shop. */
export const intentName = of(intents);
export const slotName = of(slots);
export const ruleName = of(rules);
export const moodName = of(moods);
export const channelName = of(channels);

/** happeningName words what happened: an event's kind, a status, an intent. */
export function happeningName(code: string, lang: Lang): string {
  return happenings[code]?.[lang] ?? intentName(code, lang);
}

// Why points came or went, where a number stands behind the word.
const points: Terms = {
  order: { zh: "订单 {}", en: "Order {}" },
  referral: { zh: "推荐 {}", en: "Referral {}" },
  redeemed: { zh: "兑换券 {}", en: "Turned into coupon {}" },
};

/** pointsName words why points came or went. */
export function pointsName(reason: string, lang: Lang): string {
  const [word = "", id = ""] = reason.split(" ", 2);
  const pattern = id === "" ? undefined : points[word]?.[lang];

  return pattern === undefined ? happeningName(reason, lang) : pattern.replace("{}", id);
}

/** tagName words a tag; one with a value by its pattern. What is not listed is shown as it is. */
export function tagName(name: string, lang: Lang): string {
  const known = tags[name]?.[lang];
  if (known !== undefined) return known;
  const colon = name.indexOf(":");
  const pattern = colon > 0 ? tags[`${name.slice(0, colon)}:{}`]?.[lang] : undefined;

  return pattern === undefined ? name : pattern.replace("{}", channelName(name.slice(colon + 1), lang));
}

/** telling returns the slots that tell a person something. */
export function telling(list: readonly Slot[]): Slot[] {
  return list.filter((slot) => !inner.has(slot.name) && slot.value !== "");
}
