package sip

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// authority makes a private authority and a certificate of it for an address.
func authority(t *testing.T, address net.IP) (*x509.CertPool, tls.Certificate) {
	t.Helper()
	key := func() *ecdsa.PrivateKey {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return private
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{address}}
	rootKey, leafKey := key(), key()
	rootBytes, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	leafBytes, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(rootBytes)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool, tls.Certificate{Certificate: [][]byte{leafBytes}, PrivateKey: leafKey}
}

func TestACallByTLSToWhoAPrivateAuthorityVouchesFor(t *testing.T) {
	pool, certificate := authority(t, net.IPv4(127, 0, 0, 1))
	shop := serve(t, func(c *Config) {
		c.Listen, c.TLS = []string{"tls:127.0.0.1:0"}, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	})
	home := serve(t, func(c *Config) { c.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12} }) // it listens on UDP alone
	caller, agent, _ := talk(t, home, shop)
	drain(caller)
	hears(t, caller, agent)
	hears(t, agent, caller)
	d, _ := agent.parts()
	if said := joinHost(d.target.Host, d.target.Port); said != d.source {
		t.Errorf("the caller wants to be reached at %s, and is at %s", said, d.source)
	}
	if err := agent.Hold(t.Context(), true); err != nil {
		t.Error(err)
	}
	_ = agent.Close("done")
	eventually(t, "the caller has been told", func() bool { return caller.Reason() == byPeer })
	_ = caller.Close("over")
}

func TestACallByTLSToWhoNobodyVouchesForIsNotPlaced(t *testing.T) {
	pool, elsewhere := authority(t, net.IPv4(192, 0, 2, 1))
	_, unknown := authority(t, net.IPv4(127, 0, 0, 1))
	for name, certificate := range map[string]tls.Certificate{"another address": elsewhere, "another authority": unknown} {
		shop := serve(t, func(c *Config) {
			c.Listen, c.TLS = []string{"tls:127.0.0.1:0"}, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		})
		home := serve(t, func(c *Config) { c.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12} })
		if _, err := home.Call(t.Context(), shop.uri(), CallOptions{}); err == nil || !strings.Contains(err.Error(), "x509") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
