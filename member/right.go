package member

// fields is a set of the field groups that rights are given for.
type fields uint8

const (
	fieldIdentity   fields = 1 << iota // name, gender, phone
	fieldAttributes                    // tier, language, stage, account
	fieldPersonal                      // year of birth, channel, first purchase
	fieldPurchases                     // points, last purchase
	fieldHistory                       // consumption, interactions
	fieldPreference                    // preferences, tags
	fieldComplaint
	fieldLocation        // where in the stores
	fieldAll      fields = 1<<iota - 1
)

// String names the groups as the audit row has them.
func (f fields) String() string {
	names := [...]string{"identity", "attributes", "personal", "purchases", "history", "preference", "complaint", "location"}
	text := ""
	for i, name := range names {
		if f&(1<<i) == 0 {
			continue
		}
		if text != "" {
			text += ","
		}
		text += name
	}
	if text == "" {
		return "consent"
	}
	return text
}

// right is what a role may do with members. Its zero value is nothing.
type right struct {
	sees     fields
	purposes purposes // that the role may name
	writes   bool
	scoped   bool // only with a partner of its own
}

// right returns what a role may do. A role that is not here may do nothing.
func (r Role) right() (right, bool) {
	service, marketing, profiling := PurposeService.bit(), PurposeMarketing.bit(), PurposeProfiling.bit()
	switch r {
	case RoleRobot:
		return right{sees: fieldAll &^ fieldPersonal, purposes: service | marketing | profiling, writes: true}, true
	case RoleCaller:
		return right{sees: fieldIdentity | fieldAttributes | fieldPurchases, purposes: service, writes: true}, true
	case RoleAgent:
		return right{sees: fieldAll, purposes: service | marketing, writes: true}, true
	case RoleSupervisor:
		return right{sees: fieldAll, purposes: service | marketing | profiling, writes: true}, true
	case RoleMarketing:
		return right{
			sees:     fieldAttributes | fieldPurchases | fieldPreference | fieldComplaint,
			purposes: marketing | profiling,
		}, true
	case RoleAnalyst:
		return right{sees: fieldAttributes | fieldPurchases | fieldHistory | fieldPreference, purposes: profiling}, true
	case RoleDealer:
		return right{sees: fieldIdentity | fieldAttributes | fieldPurchases, purposes: service, scoped: true}, true
	case RolePartner:
		return right{sees: fieldIdentity | fieldAttributes, purposes: service, scoped: true}, true
	case RoleAdmin:
		return right{sees: fieldIdentity | fieldAttributes, purposes: service, writes: true}, true
	case RoleAuditor:
		return right{}, true
	case RoleSystem:
		return right{writes: true}, true
	}
	return right{}, false
}

// Known reports whether the role is one that there is.
func (r Role) Known() bool {
	_, known := r.right()
	return known
}

// Scoped reports whether the role is nothing without a partner of its own.
func (r Role) Scoped() bool {
	may, _ := r.right()
	return may.scoped
}

// Covers reports whether a member of the shop and the partner is within the scope.
func (s Scope) Covers(b Basic) bool {
	return within(s.Shop, b.Shop) && within(s.Partner, b.Partner)
}

func within(scope string, of *string) bool { return scope == "" || of != nil && *of == scope }

// covers reports whether the access reaches a member at all.
func (a Access) covers(p *Profile) bool {
	return a.Scope.Covers(p.Basic) && (a.Scope.Partner != "" || !a.Role.Scoped())
}

// writes reports whether the role may change anything of members.
func (a Access) writes() bool {
	may, _ := a.Role.right()
	return may.writes
}

// narrow reports whether the access may not even be told who is a member.
func (a Access) narrow() bool { return a.Scope != Scope{} || a.Role.Scoped() }

// purposes is a set of purposes that a reader may name.
type purposes uint8

func (p Purpose) bit() purposes {
	switch p {
	case PurposeService:
		return 1
	case PurposeMarketing:
		return 2
	case PurposeProfiling:
		return 4
	case PurposeRecording, PurposeVoice, PurposeModel, PurposeLocation: // show no field
		return 0
	}
	return 0
}

// needs returns what a purpose has any use for.
func (p Purpose) needs() fields {
	switch p {
	case PurposeService:
		return fieldAll
	case PurposeMarketing:
		return fieldAll &^ fieldPersonal
	case PurposeProfiling:
		return fieldAttributes | fieldPersonal | fieldPurchases | fieldHistory | fieldPreference | fieldLocation
	case PurposeRecording, PurposeVoice, PurposeModel, PurposeLocation:
		return 0
	}
	return 0
}

// allowed returns what this access may read: what the role may see and the purpose
// needs, if the role may name that purpose and the member has consented to it. What was
// derived about the person is read only with consent to profiling as well, where they
// were only with consent to location.
func allowed(grants []Grant, a Access) fields {
	may, _ := a.Role.right()
	if may.purposes&a.Purpose.bit() == 0 || !allows(grants, a.Purpose) {
		return 0
	}
	f := may.sees & a.Purpose.needs()
	if !allows(grants, PurposeProfiling) {
		f &^= fieldPreference | fieldLocation
	}
	if !allows(grants, PurposeLocation) {
		f &^= fieldLocation
	}
	return f
}
