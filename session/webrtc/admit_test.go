package webrtc

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// lines is an Admit of so many calls at a time.
type lines struct{ free, given, back atomic.Int64 }

func (l *lines) admit() (func(), error) {
	if l.free.Add(-1) < 0 {
		l.free.Add(1)
		return nil, errors.New("all lines are busy")
	}
	l.given.Add(1)
	return func() {
		l.back.Add(1)
		l.free.Add(1)
	}, nil
}

func TestALineIsGivenBackWhenTheCallIsOverOrNeverWas(t *testing.T) {
	var l lines
	l.free.Store(1)
	e := serve(t, func(c *Config) { c.Admit = l.admit })
	if got := do(t, http.MethodPost, e.url, typeSDP, "v=0\r\n"); got.status != http.StatusBadRequest {
		t.Errorf("a broken offer: status %d", got.status)
	}
	if l.free.Load() != 1 {
		t.Error("a broken offer keeps the line")
	}
	caller, _ := e.call(t, Options{})
	if _, err := Dial(t.Context(), e.url, Options{}); err == nil {
		t.Error("a second call got the only line")
	}
	_ = caller.Close("hung up")
	eventually(t, "the line is free", func() bool { return l.free.Load() == 1 })
	again, _ := e.call(t, Options{})
	_ = again.Close("hung up")
	eventually(t, "each line is given back once", func() bool { return l.given.Load() == 3 && l.back.Load() == 3 })
}

func TestAnsweringOnAnotherRouteTakesNoLine(t *testing.T) {
	e := serve(t, func(c *Config) {
		c.Admit = func() (func(), error) { return nil, errors.New("all lines are busy") }
	})
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.Answer(w, r, e.config.Handle)
	}))
	defer desk.Close()
	agent, err := Dial(t.Context(), desk.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = agent.Close("test over") }()
	exchange(t, agent, receive(t, e.legs))
}

func TestABodyThatDoesNotComeHoldsNoConnection(t *testing.T) {
	e := serve(t, nil)
	e.slow = 100 * time.Millisecond
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", parse(t, e.url).Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	const head = "POST /v1/whip HTTP/1.1\r\nHost: shop\r\nContent-Type: application/sdp\r\nContent-Length: 500\r\n\r\nv=0\r\n"
	if _, err := conn.Write([]byte(head)); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusRequestTimeout || !response.Close {
		t.Errorf("status %d, close %v", response.StatusCode, response.Close)
	}
}

func TestACallOverIPv6(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "[::1]:0")
	if err != nil {
		t.Skip("this machine has no IPv6:", err)
	}
	e := serve(t, func(c *Config) { c.Listen, c.IPv6 = "[::1]:0", true })
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: e.Server, ReadHeaderTimeout: patience}}
	web.Start()
	defer web.Close()
	e.url = web.URL + "/v1/whip"
	caller, agent := e.call(t, Options{})
	exchange(t, caller, agent)
	exchange(t, agent, caller)
}
