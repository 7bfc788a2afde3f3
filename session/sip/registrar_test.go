package sip

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// registrarConfig is Kamailio as the exchange of alice, whose password is s3cret: it
// keeps in memory where she is, for 4 s, and calls her there.
const registrarConfig = `#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
listen=udp:%[1]s
%[2]s
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
loadmodule "auth.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
%[3]s
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 4)
modparam("auth", "nonce_expire", 1)
request_route {
	if (is_method("REGISTER")) {
		if (!pv_www_authenticate("exchange", "s3cret", "0") || $au != "alice") { www_challenge("exchange", "1"); exit; }
		if ($hdr(Expires) == "0") {
			xlog("L_ERR", "ACCOUNT gone\n");
		} else if ($(hdr(Expires){s.int}) < 4) {
			xlog("L_ERR", "ACCOUNT brief\n");
			append_to_reply("Min-Expires: 4\r\n");
			sl_send_reply("423", "Interval Too Brief");
			exit;
		} else {
			xlog("L_ERR", "ACCOUNT kept $hdr(Expires)\n");
		}
		save("location");
		exit;
	}
	if (has_totag()) {
		if (loose_route()) { t_relay(); exit; }
		if (is_method("ACK") && t_check_trans()) { t_relay(); exit; }
		sl_send_reply("404", "Not here");
		exit;
	}
	if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
	if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
	record_route();
	if (!lookup("location")) { sl_send_reply("404", "Not Found"); exit; }
	t_relay();
	exit;
}
`

// registrar starts Kamailio as that exchange, by UDP and the network named. By TLS it
// shows the certificate.
func registrar(t *testing.T, network string, certificate tls.Certificate) (address string, log *record) {
	t.Helper()
	return startKamailio(t, func(at string) string {
		if network != "tls" {
			return fmt.Sprintf(registrarConfig, at, "listen=tcp:"+at, "")
		}
		key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "exchange.pem")
		text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
			pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		module := fmt.Sprintf(`loadmodule "tls.so"
modparam("tls", "tls_method", "TLSv1.2+")
modparam("tls", "certificate", "%[1]s")
modparam("tls", "private_key", "%[1]s")`, file)
		return fmt.Sprintf(registrarConfig, at, "enable_tls=yes\nlisten=tls:"+at, module)
	})
}

func TestAnAccountIsKeptAtARegistrarAndCallsComeByIt(t *testing.T) {
	pool, certificate := authority(t, net.IPv4(127, 0, 0, 1))
	for _, network := range []string{"udp", "tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			exchange, log := registrar(t, network, certificate)
			said := func(what string) int { return strings.Count(log.String(), "ACCOUNT "+what) }
			account, err := ParseAccount("sip:alice:s3cret@" + exchange + ";transport=" + network)
			if err != nil {
				t.Fatal(err)
			}
			account.Expires = time.Second
			shop := serve(t, func(c *Config) {
				c.Listen, c.Register = []string{network + ":127.0.0.1:0"}, []Account{account}
				c.Peers = prefixes(t, "192.0.2.0/24") // the registrar is believed because this side has asked it
				if network == "tls" {
					c.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, RootCAs: pool, MinVersion: tls.VersionTLS12}
				}
			})
			home := serve(t, func(c *Config) { c.Listen = []string{"udp:127.0.0.1:0", "tcp:127.0.0.1:0"} })
			eventually(t, "the account is registered", func() bool { return said("kept 4") > 0 })
			if said("brief") != 1 {
				t.Errorf("%d were too brief, want one\n%s", said("brief"), log)
			}
			// Twice more: the second would be too late if the first had not been.
			eventually(t, "it is kept", func() bool { return said("kept 4") > 2 })
			if said("brief") != 1 {
				t.Errorf("an interval that was refused is asked for again\n%s", log)
			}
			caller, err := home.Call(t.Context(), "sip:alice@"+exchange, CallOptions{From: "13900005678"})
			if err != nil {
				t.Fatal(err)
			}
			drain(caller)
			got := receive(t, shop.calls)
			if got.req.As != "13900005678" || !got.req.Vouched || got.req.Context["called"] != "alice" {
				t.Errorf("the call is from %q (vouched %t) to %q", got.req.As, got.req.Vouched, got.req.Context["called"])
			}
			hears(t, caller, got.leg)
			hears(t, got.leg, caller)
			_ = got.leg.Close("done")
			eventually(t, "the caller has been told", func() bool { return caller.Reason() == byPeer })
			_ = caller.Close("over")
			if err := shop.Close(); err != nil {
				t.Error(err)
			}
			eventually(t, "the registration is taken back", func() bool { return said("gone") == 1 }) // its log is behind its answer
			if _, err := home.Call(t.Context(), "sip:alice@"+exchange, CallOptions{}); err == nil || !strings.Contains(err.Error(), "404") {
				t.Errorf("a call after the end: %v, want 404", err)
			}
		})
	}
}

func TestAWrongPasswordIsNotShownForEver(t *testing.T) {
	exchange, _ := registrar(t, "tcp", tls.Certificate{})
	account, err := ParseAccount("sip:alice:guess@" + exchange)
	if err != nil {
		t.Fatal(err)
	}
	shop := serve(t, func(c *Config) { c.Register = []Account{account} })
	eventually(t, "the log says why", func() bool { return strings.Contains(shop.log.String(), "401") })
	if strings.Contains(shop.log.String(), "guess") {
		t.Error("the log tells the password")
	}
	if n := strings.Count(shop.log.String(), "not registered"); n != 1 {
		t.Errorf("the log says so %d times", n)
	}
}

func TestARegistrarWhoNobodyVouchesForIsNotShownThePassword(t *testing.T) {
	_, certificate := authority(t, net.IPv4(127, 0, 0, 1))
	exchange, log := registrar(t, "tls", certificate)
	account, err := ParseAccount("sip:alice:s3cret@" + exchange + ";transport=tls")
	if err != nil {
		t.Fatal(err)
	}
	shop := serve(t, func(c *Config) {
		pool, own := authority(t, net.IPv4(127, 0, 0, 1)) // another authority
		c.Register, c.Listen = []Account{account}, []string{"tls:127.0.0.1:0"}
		c.TLS = &tls.Config{Certificates: []tls.Certificate{own}, RootCAs: pool, MinVersion: tls.VersionTLS12}
	})
	eventually(t, "the log says why", func() bool { return strings.Contains(shop.log.String(), "not registered") })
	if strings.Contains(log.String(), "ACCOUNT") {
		t.Errorf("the account was shown\n%s", log)
	}
}
