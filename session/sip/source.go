package sip

import (
	"net/netip"

	wire "github.com/emiago/sipgo/sip"
)

// trust says why a source may call.
type trust int

const (
	stranger trust = iota // may not
	anybody               // because everybody may
	trusted               // because it is a peer, or has shown a password
)

// isPeer reports whether addr is one that may send a lot.
func (s *Server) isPeer(addr netip.Addr) bool { return s.trustOf(addr) == trusted }

// trustOf says what an address alone is worth.
func (s *Server) trustOf(addr netip.Addr) trust {
	s.mu.Lock()
	known := s.trusted[addr]
	s.mu.Unlock()
	if known {
		return trusted
	}
	found := stranger
	for _, prefix := range s.config.Peers {
		switch {
		case !prefix.Contains(addr):
		case prefix.Bits() > 0:
			return trusted
		default:
			found = anybody
		}
	}
	return found
}

// trust says why the sender of a request may call: by its address, or by the
// password that it shows.
func (s *Server) trust(req *wire.Request, from netip.Addr) trust {
	if t := s.trustOf(from); t != stranger {
		return t
	}
	if s.authenticated(req, from) {
		return trusted
	}
	return stranger
}

// trustAddr lets an address call as a peer: that of a registrar or the trunk.
func (s *Server) trustAddr(addr netip.Addr) {
	const most = 64
	s.mu.Lock()
	defer s.mu.Unlock()
	if addr.IsValid() && len(s.trusted) < most {
		s.trusted[addr] = true
	}
}

// sourceOf returns where a request came from.
func sourceOf(req *wire.Request) netip.AddrPort {
	addr, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.Addr().Unmap().WithZone(""), addr.Port())
}

// isTranslated reports whether the sender of a request does not know the address
// that it has here: it is behind NAT, and reached at that one alone.
func isTranslated(req *wire.Request) bool {
	via := req.Via()
	if via == nil || len(req.GetHeaders("Record-Route")) > 0 {
		return false
	}
	said := hostAddr(via.Host)
	return said.IsValid() && said != hostAddr(req.Source())
}

// branchOf returns the branch of a request's transaction.
func branchOf(req *wire.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	return branch
}

// contact is what this side's Contact says to a peer, host:port.
func (s *Server) contact(network, peer, user string) *wire.ContactHeader {
	host, port := s.local(network, peer)
	uri := wire.Uri{Scheme: "sip", User: user, Host: host, Port: port}
	if uri.User == "" {
		uri.User = product
	}
	if network != udp {
		uri.UriParams.Add("transport", wire.NetworkToLower(network))
	}
	return &wire.ContactHeader{Address: uri}
}

// isPrivate reports whether addr is one that other networks do not reach.
func isPrivate(addr netip.Addr) bool {
	return addr.IsValid() && (addr.IsPrivate() || addr.IsLoopback() || addr.IsUnspecified() || addr.IsLinkLocalUnicast())
}
