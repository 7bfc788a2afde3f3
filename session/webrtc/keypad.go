package webrtc

import "fmt"

// keyNames are the events of RFC 4733 section 3.2 that a telephone has.
const keyNames = "0123456789*#ABCD"

// keypad turns RFC 4733 packets into keys. All packets of one key share a
// timestamp, however many there are and however late the last.
type keypad struct {
	pressed bool
	stamp   uint32 // of the last key
}

// press returns the message for a packet that begins a key, or nil.
func (k *keypad) press(stamp uint32, payload []byte) []byte {
	if len(payload) < 4 || int(payload[0]) >= len(keyNames) {
		return nil
	}
	if k.pressed && int32(stamp-k.stamp) <= 0 {
		return nil // of the same key, or of one before it
	}
	k.pressed, k.stamp = true, stamp
	return fmt.Appendf(nil, `{"type":"key","key":%q}`, keyNames[payload[0]:payload[0]+1])
}
