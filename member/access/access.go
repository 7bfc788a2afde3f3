// Package access says who a request is from and what they may do: a token stands for a
// [Principal] with a role, a scope and an end, and whatever is not named here is denied.
// What a role may read of a member is the member package's, which asks again where a
// field is read.
//
// It starts no goroutine.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huike/member"
)

// Op is something that is done with members beside reading the fields of one.
type Op string

// The operations.
const (
	OpFind     Op = "find"     // look somebody up by a handle
	OpRead     Op = "read"     // a member's view, by id
	OpList     Op = "list"     // go through members, or through those of a segment
	OpWrite    Op = "write"    // correct a profile
	OpConsent  Op = "consent"  // write down a member's word on a purpose
	OpTag      Op = "tag"      // put a tag on by hand, take it off
	OpMerge    Op = "merge"    // decide whether two are one, and take them apart
	OpCount    Op = "count"    // how many are in a segment
	OpReport   Op = "report"   // figures over all members
	OpRules    Op = "rules"    // change tags, tiers and segments
	OpImport   Op = "import"   // add members and events
	OpExport   Op = "export"   // everything that is known of one person
	OpErase    Op = "erase"    // forget a person
	OpRetain   Op = "retain"   // delete what is older than its term
	OpTrail    Op = "trail"    // search and check the audit trail
	OpTokens   Op = "tokens"   // give and revoke tokens
	OpCalls    Op = "calls"    // listen to kept calls, read their words
	OpSettings Op = "settings" // thresholds and the shop's files
)

// Ops returns all operations.
func Ops() []Op {
	return []Op{
		OpFind, OpRead, OpList, OpWrite, OpConsent, OpTag, OpMerge, OpCount, OpReport, OpRules, OpImport, OpExport, OpErase, OpRetain, OpTrail,
		OpTokens, OpCalls, OpSettings,
	}
}

// may returns what a role may do; a role that is not here may do nothing.
func may(role member.Role) []Op {
	switch role {
	case member.RoleAgent:
		return []Op{OpFind, OpRead, OpWrite, OpConsent, OpTag, OpCalls}
	case member.RoleSupervisor:
		return []Op{OpFind, OpRead, OpList, OpWrite, OpConsent, OpTag, OpMerge, OpCount, OpReport, OpRules, OpImport, OpExport, OpTrail, OpCalls, OpSettings}
	case member.RoleMarketing:
		return []Op{OpRead, OpList, OpCount, OpReport, OpRules}
	case member.RoleAnalyst:
		return []Op{OpRead, OpCount, OpReport}
	case member.RoleDealer:
		return []Op{OpFind, OpRead, OpList}
	case member.RolePartner:
		return []Op{OpFind, OpRead}
	case member.RoleAdmin:
		return []Op{OpFind, OpRead, OpImport, OpExport, OpErase, OpRetain, OpRules, OpTrail, OpTokens, OpSettings}
	case member.RoleAuditor:
		return []Op{OpTrail}
	case member.RoleSystem:
		return []Op{OpImport}
	case member.RoleRobot, member.RoleCaller: // they come by calls, not by a token
		return nil
	}
	return nil
}

// whole reports whether an operation goes over everybody's members, so that nobody with
// a scope may do it.
func whole(op Op) bool {
	switch op {
	case OpMerge, OpReport, OpRules, OpImport, OpRetain, OpTrail, OpTokens, OpCalls, OpSettings, OpCount:
		return true
	case OpFind, OpRead, OpList, OpWrite, OpConsent, OpTag, OpExport, OpErase:
		return false
	}
	return true
}

// Roles returns the roles that a token may be given for.
func Roles() []member.Role {
	return []member.Role{
		member.RoleAgent, member.RoleSupervisor, member.RoleMarketing, member.RoleAnalyst, member.RoleDealer,
		member.RolePartner, member.RoleAdmin, member.RoleAuditor, member.RoleSystem,
	}
}

// Principal is who a request is from.
type Principal struct {
	ID    string       `json:"id"`   // of the token
	Name  string       `json:"name"` // who holds it; it goes into audit rows as it is
	Role  member.Role  `json:"role"`
	Scope member.Scope `json:"scope"`
}

// Can reports whether the principal may do an operation at all. Which members it may be
// done with is [Principal.Access]'s scope.
func (p Principal) Can(op Op) bool {
	if !slices.Contains(may(p.Role), op) || p.Role.Scoped() && p.Scope.Partner == "" {
		return false
	}
	return p.Scope == (member.Scope{}) || !whole(op)
}

// Access returns how the principal reads and writes members for a purpose, in a call or,
// with an empty one, outside of any.
func (p Principal) Access(purpose member.Purpose, call string) member.Access {
	return member.Access{Reader: p.Name, Role: p.Role, Purpose: purpose, Call: call, Scope: p.Scope}
}

// Token is a key that was given to somebody. The key itself is nowhere kept.
type Token struct {
	Principal
	Author  string     `json:"author"` // who gave it
	Created time.Time  `json:"created"`
	Expires time.Time  `json:"expires"`
	Revoked *time.Time `json:"revoked,omitempty"`
}

// ErrToken says that a token opens nothing: there is none such, it has expired, or it
// was revoked.
var ErrToken = errors.New("no such token, or it has ended")

// Tokens are the tokens that were given; the member store is one.
type Tokens interface {
	// Token returns the token with a hash, or [ErrToken].
	Token(ctx context.Context, hash string) (Token, error)
}

const (
	tokenPrefix = "hk_" // so that scanners for secrets know one
	longestName = 64    // bytes
)

// Issue checks a token's role, scope, name and end, and makes its key, which is shown
// once, and the hash by which it is kept.
func Issue(t *Token) (key, hash string, err error) {
	switch {
	case !slices.Contains(Roles(), t.Role):
		return "", "", fmt.Errorf("role %q: want one of %s", t.Role, roleNames())
	case t.Role.Scoped() && t.Scope.Partner == "":
		return "", "", fmt.Errorf("role %s: want a partner, whose members alone it reaches", t.Role)
	case t.Name == "" || len(t.Name) > longestName:
		return "", "", fmt.Errorf("name: want 1 to %d bytes that say who holds the token", longestName)
	case !t.Expires.After(t.Created):
		return "", "", errors.New("expires: want a time to come")
	}
	t.ID = strings.ToLower(rand.Text()[:10])
	key = tokenPrefix + strings.ToLower(rand.Text())
	return key, Hash(key), nil
}

func roleNames() string {
	var names []string
	for _, r := range Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// Hash returns what a key is kept by, SHA-256 in hex. Keys are random, so that nothing
// slower is needed.
func Hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
