package sip

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	wire "github.com/emiago/sipgo/sip"
)

const (
	leastInterval = 90 * time.Second   // RFC 4028 5
	usualInterval = 1800 * time.Second // RFC 4028 4
	graceInterval = 32 * time.Second   // before the end at which a side that was not told gives up
	lostSlack     = 5 * time.Second    // after 64*T1, so that it is the transaction that says that nobody answers
)

// sessionTimer is the agreement that a call is over unless one side says in time
// that it is not (RFC 4028). Its zero value is no agreement.
type sessionTimer struct {
	changed chan struct{} // capacity 1

	mu       sync.Mutex
	interval time.Duration // 0: no agreement
	ours     bool          // this side says it
	next     time.Time     // when it is to be said, or when this side gives up
	end      time.Time     // of the agreement
}

// answer writes into the answer to a request what this side agrees to of what is asked
// for. The agreement stands with agree, once nothing else speaks against the answer.
func (t *sessionTimer) answer(req *wire.Request, res *wire.Response) (agree func(), err error) {
	seconds, asked := number(req, "Session-Expires", "x")
	theySupport := set(options(req, "Supported", "k"))["timer"]
	if !asked {
		if !theySupport {
			return func() { t.set(0, false) }, nil
		}
		seconds = int(usualInterval.Seconds())
		if least, ok := number(req, "Min-SE"); ok {
			seconds = max(seconds, least)
		}
	}
	interval := time.Duration(seconds) * time.Second
	if interval < leastInterval {
		if theySupport {
			return nil, statusError{422, errors.New("session interval too small"), []string{"Min-SE", strconv.Itoa(int(leastInterval.Seconds()))}}
		}
		interval = leastInterval // a proxy asked: the caller cannot be told
	}
	who := refresherOf(req)
	if who == "" {
		who = "uas"
		if theySupport {
			who = "uac"
		}
	}
	if !theySupport {
		who = "uas"
	}
	res.AppendHeader(wire.NewHeader("Session-Expires", strconv.Itoa(int(interval.Seconds()))+";refresher="+who))
	if who == "uac" {
		res.AppendHeader(wire.NewHeader("Require", "timer"))
	}
	return func() { t.set(interval, who == "uas") }, nil
}

// ask asks for an agreement in a request of this side.
func (t *sessionTimer) ask(req *wire.Request, least time.Duration) {
	interval := max(usualInterval, least)
	t.mu.Lock()
	if t.interval > 0 {
		interval = max(t.interval, least)
	}
	agreed, oursNow := t.interval > 0, t.ours
	t.mu.Unlock()
	value := strconv.Itoa(int(interval.Seconds()))
	if agreed && oursNow {
		value += ";refresher=uac"
	} else if agreed {
		value += ";refresher=uas"
	}
	req.AppendHeader(wire.NewHeader("Session-Expires", value))
	req.AppendHeader(wire.NewHeader("Min-SE", strconv.Itoa(int(max(leastInterval, least).Seconds()))))
}

// agreed takes what the peer's answer to a request of this side says.
func (t *sessionTimer) agreed(res *wire.Response) {
	seconds, ok := number(res, "Session-Expires", "x")
	if !ok {
		t.set(0, false)
		return
	}
	t.set(max(time.Duration(seconds)*time.Second, leastInterval), refresherOf(res) != "uas")
}

func refresherOf(msg wire.Message) string {
	for param := range strings.SplitSeq(fieldOf(msg, "Session-Expires", "x"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(name, "refresher") {
			return strings.ToLower(strings.TrimSpace(value))
		}
	}
	return ""
}

func (t *sessionTimer) set(interval time.Duration, ours bool) {
	t.mu.Lock()
	now := time.Now()
	t.interval, t.ours, t.end = interval, ours, now.Add(interval)
	t.next = now.Add(interval / 2)
	if !ours {
		t.next = t.end.Add(-min(graceInterval, interval/3))
	}
	t.mu.Unlock()
	t.wake()
}

// wake has watch look again.
func (t *sessionTimer) wake() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// due returns when something is to be done for the agreement, and whether that is to
// say that the call stands (or else to end it); the zero time for never.
func (t *sessionTimer) due() (at time.Time, refresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.interval == 0 {
		return time.Time{}, false
	}
	return t.next, t.ours
}

// again sets the time for one more attempt, if the one that was due has not renewed
// the agreement: when half of what is left has passed; or that the call ends, when
// little is.
func (t *sessionTimer) again() {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.interval == 0 || !t.ours || t.next.After(now) {
		return
	}
	left := t.end.Sub(now)
	if left < graceInterval {
		t.ours, t.next = false, t.end
		return
	}
	t.next = now.Add(left / 2)
}

// watch keeps the call's agreement, and asks a peer that has become silent whether
// it is still there, until the leg is over.
func (l *Leg) watch() {
	silence := time.NewTicker(l.server.config.Lost)
	defer silence.Stop()
	session := time.NewTimer(time.Hour)
	defer session.Stop()
	for {
		timer := l.session()
		at, refresh := timer.due()
		if at.IsZero() {
			session.Stop()
		} else {
			session.Reset(max(0, time.Until(at)))
		}
		select {
		case <-l.done:
			return
		case <-timer.changed:
		case <-silence.C:
			l.ask()
		case <-session.C:
			if !refresh {
				l.over("session expired")
				return
			}
			l.refresh()
		}
	}
}

// ask asks a peer of which nothing has come for a while whether the call still
// stands. It may be silent for good: on hold, or because it sends no silence.
func (l *Leg) ask() {
	if time.Since(l.began)-time.Duration(l.heard.Load()) < l.server.config.Lost {
		return
	}
	d, _ := l.parts()
	ctx, cancel := l.server.within(64*wire.T1 + lostSlack)
	defer cancel()
	_, _ = d.do(ctx, d.request(wire.OPTIONS)) // which ends the leg if there is no answer
}

// refresh says that the call still stands: by UPDATE where the peer takes it, else by
// an INVITE with the description as it is.
func (l *Leg) refresh() {
	d, _ := l.parts()
	ctx, cancel := l.server.within(64*wire.T1 + lostSlack)
	defer cancel()
	var err error
	if d.can(wire.UPDATE) {
		err = d.refreshByUpdate(ctx)
	} else {
		err = d.offer(ctx)
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, errGlare) {
		l.server.config.Log.Warn("a SIP session was not refreshed", "err", err)
	}
	l.session().again()
}

// refreshByUpdate sends an UPDATE without a description.
func (d *dialog) refreshByUpdate(ctx context.Context) error {
	for least := time.Duration(0); ; {
		req := d.request(wire.UPDATE)
		req.AppendHeader(wire.NewHeader("Supported", supported))
		d.leg().session().ask(req, least)
		res, err := d.do(ctx, req)
		if err != nil {
			return err
		}
		if seconds, ok := number(res, "Min-SE"); ok && res.StatusCode == 422 && least == 0 {
			least = time.Duration(seconds) * time.Second
			continue
		}
		if !res.IsSuccess() {
			return responseError(res)
		}
		d.take(res)
		d.leg().session().agreed(res)
		return nil
	}
}
