package rtvi

import "huike/session/webrtc"

// mostExpected is how many connections of one client may be on their way: each
// costs a peer connection for as long as it may take to come.
const mostExpected = 3

// expect says that a connection is answered and will come; nil when too many are.
func (l *Leg) expect() *link {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.expected == mostExpected {
		return nil
	}
	l.expected++
	return &link{}
}

// carry takes a connection whose sound can go both ways in the place of any other,
// and takes its messages until it is over.
func (l *Leg) carry(k *link, connection *webrtc.Leg) {
	if !l.attach(k, connection) {
		return
	}
	for msg := range connection.Messages() {
		l.hear(msg)
	}
}

// attach makes k the current connection, and closes the one before it.
func (l *Leg) attach(k *link, connection *webrtc.Leg) bool {
	l.mu.Lock()
	if l.over || k.gone {
		l.mu.Unlock()
		return false
	}
	old, first := l.current, l.newest == nil
	k.leg, l.current, l.newest = connection, k, connection
	l.expected--
	waiting := l.waiting
	l.waiting = nil
	close(l.changed)
	l.changed = make(chan struct{})
	if first {
		close(l.begun)
	}
	l.mu.Unlock()

	for _, msg := range waiting {
		_ = connection.Send(msg) // its end is told elsewhere
	}
	if old != nil {
		_ = old.leg.Close("another connection of the client's has taken its place")
	}
	return true
}

// attached says whether k has come.
func (l *Leg) attached(k *link) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return k.leg != nil
}

// lost says that a connection is over, or will never come. The leg is over with
// its last one.
func (l *Leg) lost(k *link) {
	reason := "no media came"
	l.mu.Lock()
	k.gone = true
	if k.leg == nil {
		l.expected--
	} else {
		reason = k.leg.Reason()
	}
	if l.current == k {
		l.current = nil
		close(l.changed)
		l.changed = make(chan struct{})
	}
	last := l.current == nil && l.expected == 0
	l.mu.Unlock()
	if last {
		l.finish(reason)
	}
}

// hear takes one message of the client's.
func (l *Leg) hear(raw []byte) {
	l.words.Lock()
	before := l.talk.ready
	l.talk.hear(raw)
	first := l.talk.ready && !before
	in, out := l.talk.take()
	l.words.Unlock()
	_ = l.tell(out) // its end is told elsewhere
	if first {
		close(l.ready)
	}
	for _, msg := range in {
		l.push(msg)
	}
}

// push gives a message to the taker of Messages. Who takes none loses the leg.
func (l *Leg) push(msg []byte) {
	l.mu.Lock()
	full := false
	if !l.over {
		select {
		case l.messages <- msg:
		default:
			full = true
		}
	}
	l.mu.Unlock()
	if full {
		_ = l.Close("messages of the client were not taken") // it is over all the same
	}
}
