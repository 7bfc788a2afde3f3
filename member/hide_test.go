package member_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"huike/member"
)

// secrets are what must never be printed of the member that person returns.
var secrets = []string{"张", "丽", "Zhang", "Li Na", "13800001234", "138****1234", "1988", "gold", "开胶"}

func person() *member.Profile {
	gender, year, tier, summary, points := member.Female, 1988, "gold", "鞋子开胶", int64(1280)
	return &member.Profile{
		ID: "m_1", Version: 7,
		Handles: []member.Handle{{Kind: member.HandlePhone, Value: "+8613800001234"}},
		Basic: member.Basic{
			Name: &member.Name{Family: "张", Given: "丽", FamilyEN: "Zhang", GivenEN: "Li Na"}, Gender: &gender, BirthYear: &year, Tier: &tier,
		},
		Points:       &points,
		Interactions: []member.Interaction{{At: time.Unix(0, 0), Channel: "phone", Summary: &summary}},
		Consent:      []member.Grant{{Purpose: member.PurposeService, Given: true}},
	}
}

func TestNothingPrintsAPerson(t *testing.T) {
	p := person()
	d := member.NewDirectory(newBook(p), nil, member.Config{})
	v, err := d.Get(t.Context(), p.ID, robot())
	if err != nil || v.Address("zh") != "张女士" {
		t.Fatalf("the test needs a view of the member: %v", err)
	}
	for name, value := range map[string]any{
		"profile": *p, "profile pointer": p, "profiles": []member.Profile{*p}, "view": v, "view pointer": &v,
		"handle": p.Handles[0], "handles": p.Handles, "basic": p.Basic, "name": *p.Basic.Name, "name pointer": p.Basic.Name,
		"interactions": p.Interactions, "directory": d,
		"profile in a struct": struct{ Who member.Profile }{*p}, "view in a map": map[string]member.View{"who": v},
		"profile in an error": fmt.Errorf("call: %v", p),
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
				fmt.Fprintf(&out, verb+"\n", value)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("call", "member", value)
			if name != "view in a map" && name != "interactions" { // inside another value they are JSON as the desk shows it
				slog.New(slog.NewJSONHandler(&out, nil)).Info("call", "member", value)
			}
			for _, secret := range secrets {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q is printed: %s", secret, out.String())
				}
			}
		})
	}
}

func TestProfileAsJSONHidesThePerson(t *testing.T) {
	b, err := json.Marshal(map[string]any{"profile": person(), "handle": person().Handles[0]})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets {
		if strings.Contains(string(b), secret) {
			t.Errorf("%q is encoded: %s", secret, b)
		}
	}
}

func TestErrorsRepeatNoNumber(t *testing.T) {
	_, err := member.Phone("1380000x12345678901234")
	if err == nil || strings.Contains(err.Error(), "1380000") {
		t.Errorf("got %v", err)
	}
	if _, _, err := member.OpenRedis("redis://:secret@:bad:port"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}
