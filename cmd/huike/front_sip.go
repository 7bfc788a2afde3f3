package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"huike/session/rtp"
	"huike/session/sip"
)

// sipConfig is how the server is reached by telephone exchanges and carriers.
type sipConfig struct {
	SIP         []string      `name:"sip" help:"Addresses to take SIP calls at, such as udp:127.0.0.1:5060, tcp:0.0.0.0:5060 or tls:0.0.0.0:5061; default: none." env:"HUIKE_SIP" placeholder:"ADDRESS" group:"SIP"`
	SIPCert     string        `name:"sip-cert" help:"Certificate of tls addresses, a PEM file." env:"HUIKE_SIP_CERT" placeholder:"FILE" group:"SIP"`
	SIPKey      string        `name:"sip-key" help:"Its key." env:"HUIKE_SIP_KEY" placeholder:"FILE" group:"SIP"`
	SIPCA       string        `name:"sip-ca" help:"Certificates of the authorities that the other side's certificate may be of when a call goes out by tls, a PEM file, in place of this machine's." env:"HUIKE_SIP_CA" placeholder:"FILE" group:"SIP"`
	SIPPeers    []string      `name:"sip-peers" help:"Addresses (IP or CIDR) that may call without a password, and whose word on a caller's number is believed; 0.0.0.0/0 lets everybody call and believes nobody. Default: this machine." env:"HUIKE_SIP_PEERS" placeholder:"CIDR" group:"SIP"`
	SIPUser     []string      `name:"sip-user" help:"Who else may call, from everywhere, with a password." env:"HUIKE_SIP_USER" placeholder:"USER:PASSWORD" group:"SIP"`
	SIPDigest   []string      `name:"sip-digest" help:"How passwords are asked for, the preferred first: sha-256, md5. Old telephones may need md5 first." default:"sha-256,md5" enum:"sha-256,md5" env:"HUIKE_SIP_DIGEST" placeholder:"ALGORITHM" group:"SIP"`
	SIPRegister []string      `name:"sip-register" help:"Accounts to register, so that calls come in: sip:user:password@exchange.example;transport=tcp." env:"HUIKE_SIP_REGISTER" placeholder:"URI" group:"SIP" sep:" "`
	SIPTrunk    string        `name:"sip-trunk" help:"Where calls to numbers go: sip:user:password@carrier.example." env:"HUIKE_SIP_TRUNK" placeholder:"URI" group:"SIP"`
	SIPPorts    string        `name:"sip-media-ports" help:"UDP ports of the sound; default: any." env:"HUIKE_SIP_MEDIA_PORTS" placeholder:"FIRST-LAST" group:"SIP"`
	SIPSecure   string        `name:"sip-secure" help:"Encryption of the sound: optional, none, sdes, dtls or required." enum:"optional,none,sdes,dtls,required" default:"optional" env:"HUIKE_SIP_SECURE" group:"SIP"`
	SIPRate     int           `name:"sip-rate" help:"New calls a second of one address; more are answered 503." default:"20" env:"HUIKE_SIP_RATE" group:"SIP"`
	SIPTransfer string        `name:"sip-transfer" help:"Whom a peer may send the call to by REFER: home (its own address and the trunk's), nobody or any." enum:"home,nobody,any" default:"home" env:"HUIKE_SIP_TRANSFER" group:"SIP"`
	SIPRing     time.Duration `name:"sip-ring" help:"How long a call rings before it is answered." default:"0s" env:"HUIKE_SIP_RING" group:"SIP"`
}

// check adds what is wrong with the values. Passwords are not repeated.
func (c *sipConfig) check(w *wrong) {
	open := false
	for _, address := range c.SIP {
		network, hostPort, err := sip.ParseListen(address)
		w.unless(err == nil, "sip", address, "udp:, tcp: or tls: with an IP address and a port, such as udp:0.0.0.0:5060")
		if err != nil {
			continue
		}
		w.unless(network != "TLS" || (c.SIPCert != "" && c.SIPKey != ""), "sip", address, "a certificate: --sip-cert and --sip-key")
		open = open || !netip.MustParseAddrPort(hostPort).Addr().IsLoopback()
	}
	w.unless(!open || len(c.SIPPeers)+len(c.SIPUser)+len(c.SIPRegister) > 0 || c.SIPTrunk != "", "sip", strings.Join(c.SIP, ","),
		"to know who may call: --sip-peers=CIDR (0.0.0.0/0 is everybody), --sip-user=USER:PASSWORD, --sip-register or --sip-trunk")
	c.checkPeers(w)
	_, _, ok := c.ports()
	w.unless(ok, "sip-media-ports", c.SIPPorts, "FIRST-LAST within 1 to 65535, such as 16384-17383")
	w.unless(c.SIPRate >= 1, "sip-rate", strconv.Itoa(c.SIPRate), "1 or more")
	w.unless(c.SIPRing >= 0 && c.SIPRing <= 3*time.Minute, "sip-ring", c.SIPRing.String(), "a length from 0s to 3m")
	w.unless(len(c.SIP) > 0 || len(c.SIPRegister) == 0, "sip-register", "(an account)", "an address for its calls to come to: --sip")
	w.unless(len(c.SIP) > 0 || c.SIPTrunk == "", "sip-trunk", "(an account)", "an address to call from: --sip")
}

// checkPeers adds what is wrong with who may call, and whom to call.
func (c *sipConfig) checkPeers(w *wrong) {
	for _, peer := range c.SIPPeers {
		_, err := parsePrefix(peer)
		w.unless(err == nil, "sip-peers", peer, "an IP address or a network, such as 192.0.2.0/24")
	}
	for _, user := range c.SIPUser {
		name, password, ok := strings.Cut(user, ":")
		w.unless(ok && name != "" && password != "", "sip-user", name, "USER:PASSWORD")
	}
	for _, account := range c.SIPRegister {
		_, err := sip.ParseAccount(account)
		w.unless(err == nil, "sip-register", "(an account)", "one such as sip:user:password@exchange.example;transport=tcp")
	}
	if c.SIPTrunk != "" {
		_, err := sip.ParseAccount(c.SIPTrunk)
		w.unless(err == nil, "sip-trunk", "(an account)", "one such as sip:user:password@carrier.example")
	}
}

// ports returns the range of --sip-media-ports, 0 for any.
func (c *sipConfig) ports() (first, last int, ok bool) {
	if c.SIPPorts == "" {
		return 0, 0, true
	}
	low, high, found := strings.Cut(c.SIPPorts, "-")
	first, errFirst := strconv.Atoi(low)
	last, errLast := strconv.Atoi(high)
	return first, last, found && errFirst == nil && errLast == nil && first >= 1 && last <= 65535 && first < last
}

// parsePrefix reads an address or a network.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// telephone is the server's SIP side; its zero value is none.
type telephone struct {
	*sip.Server
}

// Close ends the calls and closes the sockets.
func (t telephone) Close() error {
	if t.Server == nil {
		return nil
	}
	return t.Server.Close()
}

// newSIP opens the addresses of --sip.
func (f *front) newSIP() (telephone, error) {
	c := &f.house.config.sipConfig
	if len(c.SIP) == 0 {
		return telephone{}, nil
	}
	config, err := c.config()
	if err != nil {
		return telephone{}, err
	}
	if len(f.house.config.PublicIP) > 0 {
		config.PublicIP = f.house.config.PublicIP[0]
	}
	if config.Media, err = f.house.config.sipMedia(config.PublicIP); err != nil {
		return telephone{}, err
	}
	config.Admit, config.Ready, config.Log = f.gate.admit, f.gate.open, f.house.log
	config.Handle = func(ctx context.Context, leg *sip.Leg, req sip.Request) {
		f.carry(ctx, leg, arrival{Lang: req.Lang, As: req.As, Vouched: req.Vouched, Channel: "sip", Context: req.Context})
	}
	server, err := sip.New(config)
	if err != nil {
		return telephone{}, fmt.Errorf("--sip=%s: %w", strings.Join(c.SIP, ","), err)
	}
	f.house.registry.MustRegister(sipMetrics{server})
	f.house.log.Info("SIP calls are taken", "at", server.Addrs())
	return telephone{server}, nil
}

// config turns the flags, which have been checked, into the room's configuration.
func (c *sipConfig) config() (sip.Config, error) {
	config := sip.Config{
		Listen: c.SIP, Rate: rate.Limit(c.SIPRate), Ring: c.SIPRing, Users: map[string]string{},
		Refer: map[string]sip.ReferPolicy{"home": sip.ReferHome, "nobody": sip.ReferNobody, "any": sip.ReferAny}[c.SIPTransfer],
	}
	for _, peer := range c.SIPPeers {
		prefix, err := parsePrefix(peer)
		if err != nil {
			return config, fmt.Errorf("--sip-peers=%s: %w", peer, err)
		}
		config.Peers = append(config.Peers, prefix)
	}
	for _, user := range c.SIPUser {
		name, password, _ := strings.Cut(user, ":")
		config.Users[name] = password
	}
	for _, algorithm := range c.SIPDigest {
		config.Digest = append(config.Digest, strings.ToUpper(algorithm))
	}
	for _, text := range c.SIPRegister {
		account, err := sip.ParseAccount(text)
		if err != nil {
			return config, fmt.Errorf("--sip-register: %w", err)
		}
		config.Register = append(config.Register, account)
	}
	if c.SIPTrunk != "" {
		trunk, err := sip.ParseAccount(c.SIPTrunk)
		if err != nil {
			return config, fmt.Errorf("--sip-trunk: %w", err)
		}
		config.Trunk = &trunk
	}
	var err error
	config.TLS, err = c.tls()
	return config, err
}

// tls returns what --sip-cert, --sip-key and --sip-ca say; nil when they say nothing.
func (c *sipConfig) tls() (*tls.Config, error) {
	if c.SIPCert == "" && c.SIPCA == "" {
		return nil, nil //nolint:nilnil // none is what sip.Config wants
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.SIPCert != "" {
		certificate, err := tls.LoadX509KeyPair(c.SIPCert, c.SIPKey)
		if err != nil {
			return nil, fmt.Errorf("--sip-cert=%s --sip-key=%s: %w", c.SIPCert, c.SIPKey, err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	if c.SIPCA != "" {
		text, err := os.ReadFile(c.SIPCA)
		if err != nil {
			return nil, fmt.Errorf("--sip-ca=%s: %w", c.SIPCA, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--sip-ca=%s: it holds no certificate in PEM", c.SIPCA)
		}
	}
	return config, nil
}

// sipMedia returns what makes the sound of each SIP call: on the host of the first
// address of --sip.
func (c *serverConfig) sipMedia(publicIP string) (func(sip.MediaOptions) (sip.Media, error), error) {
	first, last, _ := c.ports()
	_, hostPort, err := sip.ParseListen(c.SIP[0])
	if err != nil {
		return nil, fmt.Errorf("--sip=%s: %w", c.SIP[0], err)
	}
	host := netip.MustParseAddrPort(hostPort).Addr().String()
	ports, err := rtp.Open(rtp.Config{Listen: host, PublicIP: publicIP, MinPort: first, MaxPort: last})
	if err != nil {
		return nil, fmt.Errorf("--sip-media-ports=%s: %w", c.SIPPorts, err)
	}
	secure := map[string]rtp.Secure{
		"optional": rtp.Optional, "none": rtp.None, "sdes": rtp.SDES, "dtls": rtp.DTLS, "required": rtp.Required,
	}[c.SIPSecure]
	return func(o sip.MediaOptions) (sip.Media, error) { return newMedia(ports, o, secure) }, nil
}

func newMedia(ports *rtp.Ports, o sip.MediaOptions, secure rtp.Secure) (sip.Media, error) {
	options := rtp.Options{Secure: secure, Peer: o.Peer}
	if o.Only.Name != "" {
		options.Codecs = append(options.Codecs, o.Only)
	}
	return ports.New(options)
}

// ringsAfter is how long a call may go unanswered before a person is told what is
// waited for.
const ringsAfter = 2 * time.Second

// dialSIP calls by SIP.
func (c *callCommand) dialSIP(ctx context.Context, to streams) (*sip.Leg, error) {
	told := time.AfterFunc(ringsAfter, func() { fmt.Fprintf(to.notes, "no answer from %s yet; UDP is given up after 32 s\n", c.URL) })
	defer told.Stop()
	ports, err := rtp.Open(rtp.Config{Listen: "0.0.0.0"})
	if err != nil {
		return nil, err
	}
	media := func(o sip.MediaOptions) (sip.Media, error) { return newMedia(ports, o, rtp.Optional) }
	return sip.Dial(ctx, c.URL, sip.Options{Media: media, As: c.As, Lang: c.Lang})
}
