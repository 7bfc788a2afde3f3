// Package member is people and what the shop knows of them: who is calling, what
// they bought, what they prefer, and what may be said of it to whom. It knows
// nothing of sound or of dialogue.
//
// A [Profile] is the whole record and hides itself from every log and error. A
// [View] is what one reader may see of it, for one purpose, with the member's
// consent. A [Directory] serves views: from this process's memory in microseconds,
// from Redis, from the [Store], or stale and flagged when neither answers.
//
// Goroutines: [Directory.Run] listens for changes told by other processes, one
// goroutine, and waits for the reads in flight (one for each member being loaded,
// which outlives the caller that asked first). Nothing else runs.
package member

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
)

// ID names one person in the shop's records. It says nothing about the person
// and may stand in logs.
type ID string

// The errors that a caller acts on.
var (
	// ErrUnknown says that no one member stands behind a handle or an id: the
	// call goes on with an anonymous caller.
	ErrUnknown = errors.New("no such member")
	// ErrShared is an [ErrUnknown]: several members share the handle, and none
	// of them may be taken for the caller.
	ErrShared = fmt.Errorf("several members share this handle: %w", ErrUnknown)
	// ErrDenied says that the role may not do this at all, or that the member is
	// not in the reader's scope.
	ErrDenied = errors.New("not allowed for this role and scope")
	// ErrConflict says that another writer was first: read again.
	ErrConflict = errors.New("the member was changed meanwhile")
	// ErrUntraced says that a read was refused because its audit row could not
	// be kept.
	ErrUntraced = errors.New("the audit trail takes no more rows")
	// ErrNotPhone says that a text is no phone number.
	ErrNotPhone = errors.New("not a phone number")
)

// Kinds of [Handle].
const (
	HandlePhone   = "phone" // E.164, such as "+8613800001234"
	HandleCard    = "card"
	HandleOpenID  = "openid"
	HandleEmail   = "email"
	HandleAccount = "account"
	HandleDevice  = "device"
)

// Handle is one of the names under which a person reaches the shop. Its value is
// personal: every way of printing a Handle hides it.
type Handle struct {
	Kind  string // one of the Handle kinds
	Value string // normalised by the kind's rule
}

// Phone returns the handle of a phone number, written in any usual way; a number
// without a country is taken to be in mainland China. The error, [ErrNotPhone],
// does not repeat the number.
func Phone(number string) (Handle, error) {
	parsed, err := phonenumbers.Parse(foldWidth(strings.TrimSpace(number)), "CN")
	if err != nil || !phonenumbers.IsValidNumber(parsed) {
		return Handle{}, ErrNotPhone
	}
	return Handle{Kind: HandlePhone, Value: phonenumbers.Format(parsed, phonenumbers.E164)}, nil
}

// Masked returns the handle as a person may see it: a phone number as
// "138****1234", anything else by its last two characters.
func (h Handle) Masked() string {
	if h.Kind == HandlePhone {
		return maskNumber(strings.TrimPrefix(h.Value, "+86"))
	}
	r := []rune(h.Value)
	if len(r) <= 4 {
		return "****"
	}
	return "****" + string(r[len(r)-2:])
}

// foldWidth turns full-width digits and the full-width plus into ASCII.
func foldWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if (r >= '０' && r <= '９') || r == '＋' {
			return r - '０' + '0'
		}
		return r
	}, s)
}

// Purpose is what a fact is used for; consent is given for each apart.
type Purpose string

// The purposes that consent is asked for.
const (
	PurposeService   Purpose = "service"    // answer what the member asks
	PurposeMarketing Purpose = "marketing"  // offer something
	PurposeProfiling Purpose = "profiling"  // derive preferences, tags and predictions
	PurposeRecording Purpose = "recording"  // keep the sound of a call
	PurposeVoice     Purpose = "voiceprint" // know the member by voice
	PurposeModel     Purpose = "model"      // show records to a language model that is not the shop's own
	PurposeLocation  Purpose = "location"
)

// Role is what a reader is. A role that is not listed here sees nothing.
type Role string

// The roles.
const (
	RoleRobot      Role = "robot"      // the agent that speaks
	RoleCaller     Role = "caller"     // the member, on a page of their own
	RoleAgent      Role = "agent"      // a person at the desk
	RoleSupervisor Role = "supervisor" // who looks after the desk and the data
	RoleMarketing  Role = "marketing"  // chooses whom an offer is for, and never sees who
	RoleAnalyst    Role = "analyst"    // counts, and never sees who
	RoleDealer     Role = "dealer"     // sells the shop's goods; its own customers alone
	RolePartner    Role = "partner"    // serves customers on the shop's behalf; its own alone
	RoleAdmin      Role = "admin"      // keeps tokens, keys and erasures
	RoleAuditor    Role = "auditor"    // reads the trail, and nothing of members
	RoleSystem     Role = "system"     // imports and connectors; writes, on nobody's behalf
)

// Scope is whose members a reader may reach. Its zero value is everybody's; for a
// [RoleDealer] or [RolePartner], who must have a partner, nobody's.
type Scope struct {
	Shop    string `json:"shop,omitempty"`    // only those of this shop, [Basic.Shop]
	Partner string `json:"partner,omitempty"` // only those of this dealer or service provider, [Basic.Partner]
}

// Access says who reads or writes, as what, what for and in which call. It goes
// into the audit row as it is, so it holds no personal data.
type Access struct {
	Reader  string // such as "huike" or the agent's id
	Role    Role
	Purpose Purpose
	Call    string // the call's id; empty outside a call
	Scope   Scope  // whose members
}

// Store is the system of record, as a [Directory] needs it. Errors name no
// personal data.
type Store interface {
	// Lookup returns the one member who has the handle, or ErrUnknown or ErrShared.
	Lookup(ctx context.Context, handle Handle) (ID, error)
	// Load returns a profile that the caller then owns, or ErrUnknown.
	Load(ctx context.Context, id ID) (*Profile, error)
	// Save writes what may be written of p (not what is derived from orders and
	// events) if the stored version is still p.Version, and returns the new
	// version; else ErrConflict.
	Save(ctx context.Context, p *Profile) (version int64, err error)
	// Record adds an interaction and returns the member's new version.
	Record(ctx context.Context, id ID, in Interaction) (version int64, err error)
}

// Interaction is one contact with the shop, by any channel. It is one of the four
// kinds of data (A5).
type Interaction struct {
	At        time.Time `json:"at"`
	Channel   string    `json:"channel"`           // such as "web", "phone", "store"
	Call      string    `json:"call,omitempty"`    // the call's id
	Intent    string    `json:"intent,omitempty"`  // what was wanted
	Outcome   string    `json:"outcome,omitempty"` // how it ended: a disposition's code, or "joined" for a campaign
	Complaint bool      `json:"complaint,omitempty"`
	Rating    *int      `json:"rating,omitempty"`  // 1 to 5; null where none was given
	Summary   *string   `json:"summary,omitempty"` // masked before it is kept
}
