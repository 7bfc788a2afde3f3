package webrtc

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/packetio"
	"github.com/pion/transport/v4/stdnet"
	"github.com/pion/webrtc/v4"
)

const (
	// opusFmtp asks the peer for what the jitter buffer can use: in-band FEC
	// (RFC 7587) and nothing sent in silence. Mono is RFC 7587's default.
	opusFmtp = "minptime=10;useinbandfec=1;usedtx=1"

	mimeKeys = "audio/telephone-event" // RFC 4733

	receiveMTU     = 1500      // bytes; pion's default of 8192 is held several times a call
	replayWindow   = 256       // packets; 5 s of sound, as a stall's burst may be reordered
	socketBuffer   = 4 << 20   // bytes; a second of 200 calls while the process is stalled
	messageLimit   = 16 << 10  // bytes of one JSON text
	messageMost    = 64 << 10  // bytes of one message where a room asks for more
	sctpBuffer     = 128 << 10 // bytes; pion's default is 1 MB
	keepaliveParts = 8         // of Lost: how often a quiet path is kept open; 2 s
	firstTelephone = 101       // payload types for offers that this package makes
)

// engine is what all peer connections of a Server, or of one Dial, share.
type engine struct {
	net       transport.Net // what pion knows of this machine's network; nil asks for each connection
	mux       ice.UDPMux    // nil opens a socket for the connection alone
	only      net.IP        // with no mux: the one local address to use
	publicIPs []string
	relays    webrtc.Configuration // of a caller who needs relays; zero for a server
	lost      time.Duration
	interval  time.Duration // between RTCP reports; 0 is 5 s on average
	ipv6      bool
}

// connection returns a peer connection whose received packets go to buffer's
// buffers. Each has an API of its own because pion's buffer factory is told
// the SSRC but not the connection.
func (e engine) connection(buffer func(packetio.BufferPacketType, uint32) io.ReadWriteCloser) (*webrtc.PeerConnection, error) {
	media := &webrtc.MediaEngine{}
	if err := registerCodecs(media); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{BufferFactory: buffer, LoggerFactory: silent{}}
	settings.DisableMediaEngineCopy(true)
	settings.SetReceiveMTU(receiveMTU)
	settings.SetSRTPReplayProtectionWindow(replayWindow)
	settings.SetSRTCPReplayProtectionWindow(replayWindow)
	settings.SetSCTPMaxReceiveBufferSize(sctpBuffer)
	settings.SetSCTPMaxMessageSize(messageMost)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(true)
	settings.DisableActiveTCP(true)
	settings.SetICETimeouts(e.lost/3, e.lost-e.lost/3, e.lost/keepaliveParts)
	settings.SetHostAcceptanceMinWait(0)
	settings.SetPrflxAcceptanceMinWait(0)
	// pion's goroutine that waits for a track's first packet would take it.
	settings.SetFireOnTrackBeforeFirstRTP(true)
	settings.DetachDataChannels()
	networks := []webrtc.NetworkType{webrtc.NetworkTypeUDP4}
	if e.ipv6 {
		networks = append(networks, webrtc.NetworkTypeUDP6)
	}
	settings.SetNetworkTypes(networks)
	if e.net != nil {
		settings.SetNet(e.net)
	}
	if e.mux != nil {
		settings.SetICEUDPMux(e.mux)
	}
	if e.only != nil {
		settings.SetIPFilter(e.only.Equal)
	}
	if len(e.publicIPs) > 0 {
		rule := webrtc.ICEAddressRewriteRule{External: e.publicIPs, AsCandidateType: webrtc.ICECandidateTypeHost}
		if err := settings.SetICEAddressRewriteRules(rule); err != nil {
			return nil, fmt.Errorf("announce the public addresses: %w", err)
		}
	}
	api := webrtc.NewAPI(
		webrtc.WithMediaEngine(media),
		webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}), // RTCP is the leg's own
	)
	return api.NewPeerConnection(e.relays)
}

// registerCodecs offers Opus and telephone events, and no video.
func registerCodecs(media *webrtc.MediaEngine) error {
	codecs := []webrtc.RTPCodecParameters{
		{
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: opusFmtp,
				RTCPFeedback: []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBNACK}},
			},
			PayloadType: 111,
		},
		{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeKeys, ClockRate: 48000, SDPFmtpLine: "0-15"},
			PayloadType:        firstTelephone,
		},
		{
			RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: mimeKeys, ClockRate: 8000, SDPFmtpLine: "0-15"},
			PayloadType:        firstTelephone + 1,
		},
	}
	for _, codec := range codecs {
		if err := media.RegisterCodec(codec, webrtc.RTPCodecTypeAudio); err != nil {
			return fmt.Errorf("register %s: %w", codec.MimeType, err)
		}
	}
	return nil
}

// newEngine returns a server's engine. Its calls share what pion knows of the
// network, which is kept for each connection else: only the media sockets count.
func newEngine(c *Config, mux ice.UDPMux) (engine, error) {
	shared, err := stdnet.NewNet()
	if err != nil {
		return engine{}, fmt.Errorf("webrtc: look at the network: %w", err)
	}
	return engine{net: shared, mux: mux, publicIPs: c.PublicIPs, lost: c.Lost, ipv6: c.IPv6}, nil
}

// listen opens the media sockets for address, one for each local address when
// it names no host.
func listen(address string, ipv6 bool) (ice.UDPMux, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("webrtc: Listen is %q, but must be host:port: %w", address, err)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("webrtc: Listen is %q, but its port must be 0 to 65535", address)
	}
	ip := net.ParseIP(host)
	if host != "" && ip == nil {
		return nil, fmt.Errorf("webrtc: Listen is %q, but its host must be an IP address", address)
	}
	if ip == nil || ip.IsUnspecified() {
		return listenEverywhere(int(port), ipv6)
	}
	opened, err := listenOn(&net.UDPAddr{IP: ip, Port: int(port)})
	if err != nil {
		return nil, fmt.Errorf("webrtc: open the media socket: %w", err)
	}
	return opened, nil
}

func listenEverywhere(port int, ipv6 bool) (ice.UDPMux, error) {
	if port == 0 {
		return nil, fmt.Errorf("webrtc: Listen names no host, so it must name a port that all addresses share")
	}
	addrs, err := localAddrs(ipv6)
	if err != nil {
		return nil, fmt.Errorf("webrtc: look for the local addresses: %w", err)
	}
	var all sockets
	var muxes []ice.UDPMux
	for _, addr := range addrs {
		opened, err := listenOn(&net.UDPAddr{IP: addr.AsSlice(), Port: port, Zone: addr.Zone()})
		if err != nil {
			for _, opened := range all.each {
				_ = opened.Close()
			}
			return nil, fmt.Errorf("webrtc: open the media sockets on port %d: %w", port, err)
		}
		all.each, muxes = append(all.each, opened), append(muxes, opened)
	}
	all.MultiUDPMuxDefault = ice.NewMultiUDPMuxDefault(muxes...)
	return &all, nil
}

func listenOn(address *net.UDPAddr) (*socket, error) {
	conn, err := net.ListenUDP("udp", address)
	if err != nil {
		return nil, err
	}
	return newSocket(conn)
}

// localAddrs returns the addresses of the interfaces that are up, without those
// of IPv6 that need a zone.
func localAddrs(ipv6 bool) (addrs []netip.Addr, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	for _, one := range interfaces {
		if one.Flags&net.FlagUp == 0 {
			continue
		}
		nets, err := one.Addrs()
		if err != nil {
			return nil, err
		}
		for _, text := range nets {
			prefix, err := netip.ParsePrefix(text.String())
			if err != nil {
				continue
			}
			addr := prefix.Addr()
			if addr.Is4() || ipv6 && !addr.IsLinkLocalUnicast() {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs, nil
}

// silent is pion's logger turned off: it writes lines for packets and for what
// a peer may do at will, and every end of a leg is told by the leg.
type silent struct{}

func (silent) NewLogger(string) logging.LeveledLogger { return silent{} }

func (silent) Trace(string)          {}
func (silent) Tracef(string, ...any) {}
func (silent) Debug(string)          {}
func (silent) Debugf(string, ...any) {}
func (silent) Info(string)           {}
func (silent) Infof(string, ...any)  {}
func (silent) Warn(string)           {}
func (silent) Warnf(string, ...any)  {}
func (silent) Error(string)          {}
func (silent) Errorf(string, ...any) {}
