// Package twilio answers calls that come by Twilio. A webhook tells Twilio to
// connect the call here, by Media Streams, which carries sound, or by
// ConversationRelay, which recognises and speaks itself and carries words. Both
// become legs. It believes nobody but Twilio: every request must be signed. It
// knows packets, words and keys, not what they mean.
//
// Goroutines. Config.Handle runs on the HTTP request's own goroutine. Each leg
// has one more, package wire's, which writes. Reading is done by whoever calls
// ReadPacket.
package twilio

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"huike/audio"
	"huike/session/wire"
)

// The paths of a Server, below its public URL.
const (
	PathVoice  = "/v1/twilio/voice"  // POST: a number's webhook for a call that comes in
	PathAction = "/v1/twilio/action" // POST: asked when the call is no longer here
	PathMedia  = "/v1/twilio/media"  // WebSocket of Media Streams
	PathRelay  = "/v1/twilio/relay"  // WebSocket of ConversationRelay
)

const (
	startTimeout = 5 * time.Second // for a WebSocket to say which call it carries
	formLimit    = 64 << 10        // bytes of a webhook's form
)

// Request says what Twilio told of the call.
type Request struct {
	Lang    string // "en", "zh", or empty
	As      string // who calls, as +14155550100; "" when withheld; never to be logged
	Vouched bool   // Twilio itself vouches for As
	Remote  string // the peer's address as HTTP saw it, host:port

	// Context holds the rest, with keys in lower case: callsid, to, diversion,
	// stirverstat, and the parameters of the TwiML. 16 at most, of 256 bytes.
	Context map[string]string
}

// Leg is a call's end, a [Media] or a [Relay].
type Leg interface {
	Format() audio.Format
	ReadPacket(p *audio.Packet) error
	WritePacket(p *audio.Packet) error
	Messages() <-chan []byte
	Send(message []byte) error
	Close(reason string) error
	Reason() string
	RoundTrip() time.Duration
	Stats() map[string]float64
	Transfer(ctx context.Context, target string) error
	Echoes() bool
	String() string
}

// Handler carries one started leg until the call is over. The leg is closed
// when it returns. ctx ends when the server is closed.
type Handler func(ctx context.Context, leg Leg, req Request)

// Config is what a Server needs. Handle, Token and URL must be set.
type Config struct {
	Handle Handler // on the goroutine of the HTTP request

	// Token is the account's auth token, with which Twilio signs.
	Token string

	// URL is what stands before /v1/twilio/ where Twilio asks, such as
	// "https://calls.shop.example". Proxies change what a request says of that, and
	// signatures are made of it, so it is configured and never guessed.
	URL string

	// Dial is whom a handoff calls: a number such as +14155550100, or a SIP
	// address. Empty leaves handoffs to the desk.
	Dial string

	// Admit reserves a line for a WebSocket; the webhook asks it too, and gives the
	// line back. Its error refuses the call. Nil admits every call.
	Admit func() (release func(), err error)

	// Lost is how long Twilio may send nothing. Zero is [wire.DefaultLost].
	Lost time.Duration

	// Log gets a line when signatures are wrong. Nil is slog.Default.
	Log *slog.Logger
}

// Server answers Twilio. It is an http.Handler for the four paths.
type Server struct {
	mux      *http.ServeMux
	config   Config
	media    *wire.Server
	relay    *wire.Server
	handoffs handoffs
	warned   atomic.Int64 // when a wrong signature was logged, in Unix seconds
}

// NewServer returns a Server, or an error where the configuration cannot work.
// Close ends the calls that it carries.
func NewServer(config Config) (*Server, error) {
	base, err := url.Parse(config.URL)
	switch {
	case config.Token == "":
		return nil, errors.New("twilio: without the account's auth token no request can be believed")
	case err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") || base.RawQuery != "":
		return nil, errors.New("twilio: the public URL must be like https://calls.shop.example")
	case config.Dial != "" && !IsTarget(config.Dial):
		return nil, errors.New("twilio: a handoff calls a number like +14155550100 or an address like sip:desk@shop.example")
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	s := &Server{config: config, mux: http.NewServeMux()}
	s.media = wire.NewServer(wire.Config{Handle: s.carryMedia, Admit: config.Admit, Lost: config.Lost, Log: config.Log})
	s.relay = wire.NewServer(wire.Config{Handle: s.carryRelay, Admit: config.Admit, Lost: config.Lost, Log: config.Log})
	s.mux.HandleFunc("POST "+PathVoice, s.form(s.voice))
	s.mux.HandleFunc("POST "+PathAction, s.form(s.action))
	s.mux.Handle("GET "+PathMedia, s.socket(s.media))
	s.mux.Handle("GET "+PathRelay, s.socket(s.relay))
	return s, nil
}

// ServeHTTP answers one request; for a WebSocket it returns when the call is
// over.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Legs returns how many legs are held: connected and not yet over.
func (s *Server) Legs() int { return s.media.Conns() + s.relay.Conns() }

// Close refuses new legs, closes those that are held, and waits until Handle
// has returned for each of them.
func (s *Server) Close() error { return errors.Join(s.media.Close(), s.relay.Close()) }

// errSignature is told to whoever is not Twilio.
var errSignature = errors.New("the request is not signed by the account's auth token for this address")

// form answers a webhook that Twilio has signed.
func (s *Server) form(answer func(w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, formLimit)
		if err := r.ParseForm(); err != nil {
			wire.Refuse(w, http.StatusBadRequest, errors.New("the body must be a form of at most 65536 bytes"))
			return
		}
		if !s.signed(r, r.PostForm) {
			s.unsigned(w)
			return
		}
		answer(w, r)
	}
}

// socket upgrades a request that Twilio has signed.
func (s *Server) socket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.signed(r, nil) {
			s.unsigned(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// unsigned refuses a request, and says so in the log once a minute: mostly it is
// the public URL that is not what Twilio was told.
func (s *Server) unsigned(w http.ResponseWriter) {
	now := time.Now().Unix()
	if last := s.warned.Load(); now-last >= 60 && s.warned.CompareAndSwap(last, now) {
		s.config.Log.Warn("a request without a valid X-Twilio-Signature was refused; " +
			"if it came from Twilio, the auth token or the public URL is not the one that Twilio uses")
	}
	wire.Refuse(w, http.StatusForbidden, errSignature)
}
