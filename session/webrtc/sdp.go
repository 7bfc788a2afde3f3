package webrtc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

var (
	errNoAudio     = errors.New("the offer has no audio that is sent or received")
	errNoOpus      = errors.New("the offer's audio has no opus/48000/2 (RFC 7587)")
	errTooManyRows = errors.New("the offer has too many media sections")
)

// mediaLimit is how many media sections an offer may have: audio, data, and a
// few that are turned down. Each costs pion a transceiver.
const mediaLimit = 8

// payloadTypes are the numbers that the answer agreed upon.
type payloadTypes struct {
	opus  uint8
	keys  []uint8 // RFC 4733 at whatever clock rates
	key48 uint8   // of them, the one at the rate of Opus; 0 for none
	mute  bool    // this side may not send
	nack  bool    // packets may be asked for again
}

func (p payloadTypes) isKey(number uint8) bool { return slices.Contains(p.keys, number) }

func isOpus(mime string) bool { return strings.EqualFold(mime, "audio/opus") }

// checkOffer says what of a call's needs an offer does not meet, before pion
// spends anything on it.
func checkOffer(offer []byte) error {
	var parsed sdp.SessionDescription
	if err := parsed.Unmarshal(offer); err != nil {
		return fmt.Errorf("the offer is not SDP (RFC 8866): %w", err)
	}
	if len(parsed.MediaDescriptions) > mediaLimit {
		return errTooManyRows
	}
	found := errNoAudio
	for _, media := range parsed.MediaDescriptions {
		if media.MediaName.Media != "audio" || has(media, "inactive") {
			continue
		}
		if types, err := agreed(media); err == nil && types.opus != 0 {
			return nil
		}
		found = errNoOpus
	}
	return found
}

// agreedTypes returns the payload types of a description's first audio section
// with Opus. One who may not send is told by silent, an attribute of it.
func agreedTypes(description, silent string) (payloadTypes, error) {
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(description); err != nil {
		return payloadTypes{}, fmt.Errorf("read the agreed description: %w", err)
	}
	for _, media := range parsed.MediaDescriptions {
		if media.MediaName.Media != "audio" || media.MediaName.Port.Value == 0 {
			continue
		}
		if types, err := agreed(media); err == nil && types.opus != 0 {
			types.mute = has(media, silent)
			types.nack = slices.ContainsFunc(media.Attributes, func(a sdp.Attribute) bool {
				return a.Key == "rtcp-fb" && (a.Value == fmt.Sprintf("%d nack", types.opus) || a.Value == "* nack")
			})
			return types, nil
		}
	}
	return payloadTypes{}, errNoOpus
}

// agreed reads the rtpmap lines of one media section.
func agreed(media *sdp.MediaDescription) (types payloadTypes, err error) {
	for _, attribute := range media.Attributes {
		if attribute.Key != "rtpmap" {
			continue
		}
		number, encoding, ok := strings.Cut(attribute.Value, " ")
		if !ok {
			continue
		}
		pt, err := strconv.ParseUint(number, 10, 7)
		if err != nil {
			return types, fmt.Errorf("rtpmap of payload type %q: %w", number, err)
		}
		encoding = strings.ToLower(strings.TrimSpace(encoding))
		switch {
		case encoding == "opus/48000/2" && types.opus == 0:
			types.opus = uint8(pt)
		case strings.HasPrefix(encoding, "telephone-event/"):
			types.keys = append(types.keys, uint8(pt))
			if encoding == "telephone-event/48000" {
				types.key48 = uint8(pt)
			}
		}
	}
	return types, nil
}

func has(media *sdp.MediaDescription, attribute string) bool {
	_, ok := media.Attribute(attribute)
	return ok
}

// askFor returns description with opusFmtp for Opus: pion repeats what the
// peer offered, but an answer says what its own side would like to receive.
func askFor(description string, opus uint8) string {
	var out strings.Builder
	mapping, parameters := fmt.Sprintf("a=rtpmap:%d ", opus), fmt.Sprintf("a=fmtp:%d ", opus)
	for line := range strings.Lines(description) {
		if strings.HasPrefix(line, parameters) {
			continue
		}
		out.WriteString(line)
		if strings.HasPrefix(line, mapping) {
			out.WriteString(parameters + opusFmtp + "\r\n")
		}
	}
	return out.String()
}

// fragment is what a trickle-ice-sdpfrag (RFC 8840) tells about a peer.
type fragment struct {
	ufrag, pwd string   // empty when not given
	candidates []string // "candidate:..." without the "a="
}

const candidateLength = 512 // bytes of one candidate line

// parseFragment reads a trickle-ice-sdpfrag. Lines that are not about
// candidates, such as m= and a=mid, are passed over: everything is bundled.
func parseFragment(text string) (fragment, error) {
	var f fragment
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		if len(line) < 3 || line[1] != '=' || line[0] < 'a' || line[0] > 'z' {
			return fragment{}, errors.New("the fragment has a line that is not of the form a=value")
		}
		value := line[2:]
		switch {
		case strings.HasPrefix(value, "ice-ufrag:") && line[0] == 'a':
			f.ufrag = strings.TrimPrefix(value, "ice-ufrag:")
		case strings.HasPrefix(value, "ice-pwd:") && line[0] == 'a':
			f.pwd = strings.TrimPrefix(value, "ice-pwd:")
		case strings.HasPrefix(value, "candidate:") && line[0] == 'a':
			if len(value) > candidateLength {
				return fragment{}, errors.New("the fragment has an oversized candidate")
			}
			f.candidates = append(f.candidates, value)
		}
	}
	return f, nil
}

// ufragOf returns the ICE user name that a description gives first.
func ufragOf(description string) string {
	for line := range strings.Lines(description) {
		if value, ok := strings.CutPrefix(line, "a=ice-ufrag:"); ok {
			return strings.TrimRight(value, "\r\n")
		}
	}
	return ""
}
