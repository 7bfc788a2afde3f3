package shop

import (
	"context"
	"database/sql"

	"huike/member"
)

// Operations: their arguments and rows stand in README.md.
const (
	OpPoints    = "points.balance"
	OpOrder     = "order.status"
	OpStock     = "stock.nearby"
	OpHours     = "store.hours"
	OpProduct   = "product.find"
	OpCoupons   = "coupon.list"
	OpComplaint = "complaint.create" // writes
	OpCallback  = "callback.create"  // writes

	OpOrders        = "order.list"
	OpOrderDetails  = "order.details"
	OpOrderCheck    = "order.check"
	OpOrderCancel   = "order.cancel"   // writes
	OpOrderReturn   = "order.return"   // writes
	OpOrderExchange = "order.exchange" // writes
	OpOrderItems    = "order.items"    // writes
	OpOrderAddress  = "order.address"  // writes
	OpOrderPayment  = "order.payment"  // writes

	OpRedeem         = "points.redeem" // writes
	OpCouponBest     = "coupon.best"
	OpMember         = "member.details"
	OpMemberFind     = "member.find"
	OpRegister       = "member.register" // writes
	OpMemberChange   = "member.change"   // writes
	OpReferral       = "referral.create" // writes
	OpRecommend      = "recommend.product"
	OpPickup         = "pickup.reserve" // writes
	OpBooking        = "booking.create" // writes
	OpBookings       = "booking.list"
	OpBookingMove    = "booking.move"   // writes
	OpBookingCancel  = "booking.cancel" // writes
	OpProducts       = "product.list"
	OpProductDetails = "product.details"
	OpCalculate      = "calculate"
)

// operation is one thing the shop can do.
type operation struct {
	personal bool // needs a member, and the member's consent
	looks    bool // may look at a member's record where one is known
	writes   bool
	purpose  member.Purpose // what the record is looked at for; "": service
	do       func(context.Context, *sql.Tx, *request) (Result, error)
}

// Known reports whether the shop has an operation of that name.
func Known(op string) bool {
	_, known := (&Shop{}).operations()[op]
	return known
}

func (s *Shop) operations() map[string]operation {
	return map[string]operation{
		OpPoints:       {personal: true, do: s.points},
		OpOrder:        {personal: true, do: s.order},
		OpOrders:       {personal: true, do: s.orders},
		OpOrderDetails: {personal: true, do: s.orderDetails},
		OpOrderCheck:   {personal: true, do: s.check},
		OpCoupons:      {personal: true, do: s.coupons},
		OpCouponBest:   {personal: true, do: s.bestCoupon},
		OpMember:       {personal: true, do: s.details},
		OpBookings:     {personal: true, do: s.bookings},
		OpRecommend:    {looks: true, purpose: member.PurposeProfiling, do: s.recommend},

		OpOrderCancel:   {personal: true, writes: true, do: s.alter(changeCancel)},
		OpOrderReturn:   {personal: true, writes: true, do: s.alter(changeReturn)},
		OpOrderExchange: {personal: true, writes: true, do: s.alter(changeExchange)},
		OpOrderItems:    {personal: true, writes: true, do: s.alter(changeItems)},
		OpOrderAddress:  {personal: true, writes: true, do: s.alter(changeAddress)},
		OpOrderPayment:  {personal: true, writes: true, do: s.alter(changePayment)},
		OpRedeem:        {personal: true, writes: true, do: s.redeem},
		OpMemberChange:  {personal: true, writes: true, do: s.changeMember},
		OpReferral:      {personal: true, writes: true, do: s.refer},
		OpBookingMove:   {personal: true, writes: true, do: s.rebook},

		OpStock:          {do: s.stock},
		OpHours:          {do: s.hours},
		OpProduct:        {do: s.product},
		OpProducts:       {do: s.products},
		OpProductDetails: {do: s.variants},
		OpCalculate:      {do: s.calculate},
		OpMemberFind:     {looks: true, do: s.find},
		OpComplaint:      {writes: true, do: s.complaint},
		OpCallback:       {writes: true, do: s.callback},
		OpRegister:       {writes: true, do: s.register},
		OpPickup:         {writes: true, do: s.reserve},
		OpBooking:        {writes: true, do: s.book},
		OpBookingCancel:  {writes: true, do: s.unbook},
	}
}
