package sip

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tortured is what each message of RFC 4475 comes to: the status that it is answered
// with, or 0 when nothing is said: to an answer, and to what does not tell whom to
// answer. Two are sound and yet refused, as the parser knows no white space within a
// Via (wsinv) and no such names (intmeth). REGISTER and MESSAGE are not taken here.
var tortured = map[string]int{
	"badaspec": 400, "badbranch": 200, "baddate": 200, "baddn": 400, "badinv01": 400, "badvers": 505, "bcast": 0,
	"bext01": 420, "bigcode": 0, "clerr": 400, "cparam01": 405, "cparam02": 405, "escruri": 400, "insuf": 0,
	"inv2543": 400, "invut": 415, "ltgtruri": 400, "lwsruri": 400, "lwsstart": 400, "mcl01": 400,
	"mismatch01": 400, "mismatch02": 400, "multi01": 400, "ncl": 400, "novelsc": 400, "quotbal": 400,
	"regaut01": 405, "regbadct": 405, "regescrt": 405, "scalar02": 400, "scalarlg": 0, "sdp01": 406, "test": 0,
	"trws": 400, "unkscm": 416, "unksm2": 405, "zeromf": 200, "dblreq": 405, "esc01": 200, "esc02": 405,
	"escnull": 405, "intmeth": 400, "longreq": 200, "lwsdisp": 200, "mpart01": 405, "noreason": 0, "semiuri": 200,
	"transports": 200, "unreason": 0, "wsinv": 400,
}

// topVia is the first line of a message's first Via.
var topVia = regexp.MustCompile(`(?im)^(v|via)[ \t]*:[^\r\n]*`)

// withRport has the answer come to where the message is from (RFC 3581): its Via leads
// to hosts that are not there.
func withRport(data []byte) []byte {
	at := topVia.FindIndex(data)
	if at == nil || strings.Contains(string(data[at[0]:at[1]]), "rport") {
		return data
	}
	return append(append(append([]byte{}, data[:at[1]]...), ";rport"...), data[at[1]:]...)
}

// Messages of the RFC's sections 3.1 to 3.4. Whatever they are, a request that is sound
// must be answered after them.
func TestTortureMessagesOfRFC4475(t *testing.T) {
	names, err := filepath.Glob("testdata/torture/*/*.dat")
	if err != nil || len(names) < 49 {
		t.Fatalf("%d messages, %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		shop := serve(t, nil) // one for each: their transactions have the same names
		p := dialPeer(t, shop.Addrs()[0])
		if _, err := p.conn.Write(withRport(data)); err != nil {
			t.Fatal(err)
		}
		got := finalStatus(p)
		message := strings.TrimSuffix(filepath.Base(name), ".dat")
		if want, ok := tortured[message]; !ok || got != want {
			t.Errorf("%q: %d, want %d", message, got, want)
		}
		after := dialPeer(t, shop.Addrs()[0])
		newScript(after, "UDP").ask("OPTIONS", "", 200)
	}
}

// finalStatus is that of the next final answer, which may repeat what cannot be parsed;
// 0 when none comes.
func finalStatus(p *peer) int {
	buffer := make([]byte, 65536)
	for {
		_ = p.conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
		n, err := p.conn.Read(buffer)
		if err != nil {
			return 0
		}
		if status, ok := fragStatus(buffer[:n]); ok && status >= 200 {
			return status
		}
	}
}
