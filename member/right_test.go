package member_test

import (
	"errors"
	"testing"

	"huike/member"
	"huike/member/audit"
)

// everything has a value in each group of fields, and consents to all.
func everything() *member.Profile {
	p := person()
	shop, partner := "s1", "p1"
	p.Basic.Shop, p.Basic.Partner = &shop, &partner
	p.Complaint, p.Tags, p.Path = &member.Complaint{Ticket: "1"}, []member.Tag{{Name: "vip"}}, []member.Zone{{Store: "s1"}}
	for _, purpose := range []member.Purpose{
		member.PurposeService, member.PurposeMarketing, member.PurposeProfiling, member.PurposeRecording, member.PurposeVoice, member.PurposeModel, member.PurposeLocation,
	} {
		p.SetConsent(member.Grant{Purpose: purpose, Given: true})
	}
	return p
}

// TestEachRoleSeesItsFieldsForItsPurposes is the whole matrix: what is not in it is not
// seen.
func TestEachRoleSeesItsFieldsForItsPurposes(t *testing.T) {
	const service, marketing, profiling = member.PurposeService, member.PurposeMarketing, member.PurposeProfiling
	const all = "identity attributes personal purchases history preference complaint "
	want := map[member.Role]map[member.Purpose]string{
		member.RoleRobot: {
			service: "identity attributes purchases history preference complaint ", marketing: "identity attributes purchases history preference complaint ",
			profiling: "attributes purchases history preference ",
		},
		member.RoleCaller:     {service: "identity attributes purchases "},
		member.RoleAgent:      {service: all, marketing: "identity attributes purchases history preference complaint "},
		member.RoleSupervisor: {service: all, marketing: "identity attributes purchases history preference complaint ", profiling: "attributes personal purchases history preference "},
		member.RoleMarketing:  {marketing: "attributes purchases preference complaint ", profiling: "attributes purchases preference "},
		member.RoleAnalyst:    {profiling: "attributes purchases history preference "},
		member.RoleDealer:     {service: "identity attributes purchases "},
		member.RolePartner:    {service: "identity attributes "},
		member.RoleAdmin:      {service: "identity attributes "},
		member.RoleAuditor:    {},
		member.RoleSystem:     {},
	}
	purposes := []member.Purpose{service, marketing, profiling, member.PurposeRecording, member.PurposeVoice, member.PurposeLocation, "curiosity", ""}
	for role, fields := range want {
		for _, purpose := range purposes {
			d := member.NewDirectory(newBook(everything()), nil, member.Config{})
			access := member.Access{Role: role, Purpose: purpose}
			if role.Scoped() {
				access.Scope.Partner = "p1"
			}
			v, err := d.Get(t.Context(), "m_1", access)
			if err != nil {
				t.Errorf("%s for %s: %v", role, purpose, err)
			}
			if got := shown(v); got != fields[purpose] {
				t.Errorf("%s for %q sees %q, want %q", role, purpose, got, fields[purpose])
			}
			sees := role == member.RoleRobot || role == member.RoleAgent && purpose != profiling || role == member.RoleSupervisor
			if known := purpose == service || purpose == marketing || purpose == profiling; (v.Path != nil) != (sees && known) {
				t.Errorf("%s for %q: path %v", role, purpose, v.Path)
			}
		}
	}
}

func TestNobodyReachesMembersOutOfScope(t *testing.T) {
	service := member.PurposeService
	tests := []struct {
		name   string
		access member.Access
		denied bool
	}{
		{"everybody's", member.Access{Role: member.RoleAgent, Purpose: service}, false},
		{"the shop's own", member.Access{Role: member.RoleAgent, Purpose: service, Scope: member.Scope{Shop: "s1"}}, false},
		{"another shop's", member.Access{Role: member.RoleAgent, Purpose: service, Scope: member.Scope{Shop: "s2"}}, true},
		{"the dealer's own", member.Access{Role: member.RoleDealer, Purpose: service, Scope: member.Scope{Partner: "p1"}}, false},
		{"another dealer's", member.Access{Role: member.RoleDealer, Purpose: service, Scope: member.Scope{Partner: "p2"}}, true},
		{"a dealer without a scope", member.Access{Role: member.RoleDealer, Purpose: service}, true},
		{"a dealer with a shop alone", member.Access{Role: member.RoleDealer, Purpose: service, Scope: member.Scope{Shop: "s1"}}, true},
		{"the dealer's own of another shop", member.Access{Role: member.RoleDealer, Purpose: service, Scope: member.Scope{Shop: "s2", Partner: "p1"}}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rows := &trail{}
			test.access.Reader = "north"
			d := member.NewDirectory(newBook(everything()), nil, member.Config{Trail: rows})
			_, get := d.Get(t.Context(), "m_1", test.access)
			_, find := d.Find(t.Context(), phone(t, "13800001234"), test.access)
			for what, err := range map[string]error{"get": get, "find": find} {
				if errors.Is(err, member.ErrDenied) != test.denied || (err == nil) == test.denied {
					t.Errorf("%s: %v", what, err)
				}
			}
			outcome := audit.OK
			if test.denied {
				outcome = audit.Denied
			}
			for _, row := range rows.rows {
				if row.Outcome != outcome || row.Member != "m_1" || row.Reader != "north" {
					t.Errorf("row %+v", row)
				}
			}
			if len(rows.rows) != 2 {
				t.Errorf("%d rows", len(rows.rows))
			}
		})
	}
}

func TestAScopeTellsNobodyWhoIsAMember(t *testing.T) {
	service := member.PurposeService
	t.Run("who is nobody's looks like another's", func(t *testing.T) {
		d := member.NewDirectory(newBook(everything()), nil, member.Config{})
		_, err := d.Find(t.Context(), phone(t, "13711112222"), member.Access{Role: member.RoleDealer, Purpose: service, Scope: member.Scope{Partner: "p2"}})
		if !errors.Is(err, member.ErrDenied) || errors.Is(err, member.ErrUnknown) {
			t.Error(err)
		}
	})
	t.Run("nobody writes there either", func(t *testing.T) {
		b := newBook(everything())
		d := member.NewDirectory(b, nil, member.Config{})
		access := member.Access{Role: member.RoleAgent, Purpose: service, Scope: member.Scope{Shop: "s2"}}
		write := d.Update(t.Context(), "m_1", access, setTier("gold"))
		record := d.Record(t.Context(), "m_1", access, member.Interaction{})
		if !errors.Is(write, member.ErrDenied) || !errors.Is(record, member.ErrDenied) {
			t.Errorf("%v, %v", write, record)
		}
	})
	for _, role := range []member.Role{member.RoleMarketing, member.RoleAnalyst, member.RoleDealer, member.RolePartner, member.RoleAuditor} {
		d := member.NewDirectory(newBook(everything()), nil, member.Config{})
		access := member.Access{Role: role, Purpose: service, Scope: member.Scope{Partner: "p1"}}
		if err := d.Update(t.Context(), "m_1", access, setTier("gold")); !errors.Is(err, member.ErrDenied) {
			t.Errorf("%s writes: %v", role, err)
		}
	}
}
