package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"huike/member"
	"huike/member/audit"
	"huike/member/store"
	"huike/member/store/storetest"
)

// rows takes audit rows.
type rows []audit.Row

func (r *rows) Append(row audit.Row) error {
	*r = append(*r, row)
	return nil
}

// agree writes the member's word on being known by voice.
func agree(t *testing.T, d *member.Directory, id member.ID, given bool) {
	t.Helper()
	access := member.Access{Reader: "a_1", Role: member.RoleAgent, Purpose: member.PurposeService}
	if err := d.Update(t.Context(), id, access, func(p *member.Profile) error {
		p.SetConsent(member.Grant{Purpose: member.PurposeVoice, Given: given, At: time.Now(), Notice: "v1"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestAVoiceIsKeptWithItsOwnConsentAndGoesWithIt(t *testing.T) {
	for _, kind := range storetest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			s := storetest.At(t, storetest.Address(t, kind))
			const id = member.ID("m_voice")
			if err := s.Create(t.Context(), &member.Profile{ID: id}); err != nil {
				t.Fatal(err)
			}
			var trail rows
			d := member.NewDirectory(s, nil, member.Config{Trail: &trail})
			robot := member.Access{Reader: "huike", Role: member.RoleRobot, Purpose: member.PurposeService, Call: "c_1"}
			hers := member.Voiceprint{Model: "m", Text: "hervoice", Speech: 14 * time.Second, Call: "c_1", At: time.Now()}

			if err := d.KeepVoiceprint(t.Context(), id, robot, hers); !errors.Is(err, member.ErrNoVoiceprint) {
				t.Fatalf("without consent: %v", err)
			}
			if _, err := s.KeepVoiceprint(t.Context(), id, hers); !errors.Is(err, member.ErrNoVoiceprint) {
				t.Fatalf("in the store, without consent: %v", err)
			}
			agree(t, d, id, true)
			earlier := hers
			earlier.Model, earlier.Text = "older", "ofanothermodel"
			for _, v := range []member.Voiceprint{earlier, hers} { // the second stands in the place of the first
				if err := d.KeepVoiceprint(t.Context(), id, robot, v); err != nil {
					t.Fatal(err)
				}
			}
			others := hers
			others.Text, others.Call = "anothersvoice", "c_2"
			if err := d.KeepVoiceprint(t.Context(), id, robot, others); !errors.Is(err, member.ErrVoiceprintKept) {
				t.Errorf("in the place of one by the same model: %v", err)
			}
			trail = nil
			toTheRobot(t, d, id, robot, &trail)
			toNobodyElse(t, s, d, id)
			goesWithTheWord(t, s, d, id, robot, hers)
		})
	}
}

// toTheRobot checks what the call is given, and the trail of it.
func toTheRobot(t *testing.T, d *member.Directory, id member.ID, robot member.Access, trail *rows) {
	t.Helper()
	got, err := d.Voiceprint(t.Context(), id, robot, "m")
	if err != nil || got.Text != "hervoice" || got.Speech != 14*time.Second || strings.Contains(fmt.Sprintf("%v %+v %#v", got, got, got), "hervoice") {
		t.Errorf("%v, %v", got, err)
	}
	if len(*trail) != 1 || (*trail)[0].Fields != "voiceprint" || (*trail)[0].Purpose != "voiceprint" || (*trail)[0].Call != "c_1" || (*trail)[0].Action != audit.Get {
		t.Errorf("the trail of it: %v", *trail)
	}
	if _, err := d.Voiceprint(t.Context(), id, robot, "another"); !errors.Is(err, member.ErrNoVoiceprint) {
		t.Errorf("by another model: %v", err)
	}
}

// toNobodyElse checks that no other role is given a print.
func toNobodyElse(t *testing.T, s *store.Store, d *member.Directory, id member.ID) {
	t.Helper()
	for _, role := range []member.Role{member.RoleAgent, member.RoleSupervisor, member.RoleAdmin, member.RoleMarketing, "guest"} {
		if _, err := d.Voiceprint(t.Context(), id, member.Access{Reader: "x", Role: role, Purpose: member.PurposeService}, "m"); !errors.Is(err, member.ErrDenied) {
			t.Errorf("to role %s: %v", role, err)
		}
	}
	if all, err := s.Voiceprints(t.Context(), id); err != nil || len(all) != 1 || all[0].Text != "" {
		t.Errorf("%d are told of, %v", len(all), err)
	}
}

// goesWithTheWord takes the member's word back, and gives it again.
func goesWithTheWord(t *testing.T, s *store.Store, d *member.Directory, id member.ID, robot member.Access, hers member.Voiceprint) {
	t.Helper()
	agree(t, d, id, false)
	if _, err := d.Voiceprint(t.Context(), id, robot, "m"); !errors.Is(err, member.ErrNoVoiceprint) {
		t.Errorf("after the word was taken back: %v", err)
	}
	agree(t, d, id, true)
	if all, err := s.Voiceprints(t.Context(), id); err != nil || len(all) != 0 {
		t.Errorf("%d are left after the word was taken back, %v", len(all), err)
	}
	if err := d.KeepVoiceprint(t.Context(), id, robot, hers); err != nil {
		t.Fatal(err)
	}
	if n, _, err := s.DropVoiceprints(t.Context(), id); err != nil || n != 1 {
		t.Errorf("%d were dropped, %v", n, err)
	}
}
