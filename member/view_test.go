package member_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"huike/member"
)

// shown names the groups of fields that a view holds.
func shown(v member.View) string {
	text := ""
	add := func(there bool, name string) {
		if there {
			text += name + " "
		}
	}
	add(v.Name != nil && v.Phone != "", "identity")
	add(v.Tier != nil, "attributes")
	add(v.BirthYear != nil, "personal")
	add(v.Points != nil, "purchases")
	add(v.Interactions != nil && v.Consumption != nil, "history")
	add(v.Tags != nil && v.Preference != nil, "preference")
	add(v.Complaint != nil, "complaint")
	return text
}

func TestWhoSeesWhat(t *testing.T) {
	const (
		service, marketing, profiling = member.PurposeService, member.PurposeMarketing, member.PurposeProfiling
	)
	tests := []struct {
		name    string
		role    member.Role
		purpose member.Purpose
		granted []member.Purpose
		want    string
	}{
		{"the robot serves", member.RoleRobot, service, []member.Purpose{service}, "identity attributes purchases history complaint "},
		{"the robot serves one who may be profiled", member.RoleRobot, service, []member.Purpose{service, profiling}, "identity attributes purchases history preference complaint "},
		{"the robot offers, and sees the complaint that forbids it", member.RoleRobot, marketing, []member.Purpose{marketing}, "identity attributes purchases history complaint "},
		{"an agent sees all", member.RoleAgent, service, []member.Purpose{service, profiling}, "identity attributes personal purchases history preference complaint "},
		{"the caller's own page has no tags", member.RoleCaller, service, []member.Purpose{service, profiling}, "identity attributes purchases "},
		{"an analyst never sees who", member.RoleAnalyst, profiling, []member.Purpose{profiling}, "attributes purchases history preference "},
		{"a connector reads nothing", member.RoleSystem, service, []member.Purpose{service}, ""},
		{"consent to another purpose is none", member.RoleAgent, service, []member.Purpose{marketing, profiling}, ""},
		{"without consent nobody sees anything", member.RoleSupervisor, service, nil, ""},
		{"consent to a recording shows no field", member.RoleAgent, member.PurposeRecording, []member.Purpose{member.PurposeRecording}, ""},
		{"a purpose that nobody knows shows nothing", member.RoleAgent, "curiosity", []member.Purpose{service, profiling}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := person()
			p.Complaint, p.Tags, p.Consent = &member.Complaint{Ticket: "1"}, []member.Tag{{Name: "vip"}}, nil
			for _, purpose := range test.granted {
				p.SetConsent(member.Grant{Purpose: purpose, Given: true})
			}
			d := member.NewDirectory(newBook(p), nil, member.Config{})
			v, err := d.Get(t.Context(), p.ID, member.Access{Role: test.role, Purpose: test.purpose})
			if err != nil {
				t.Fatal(err)
			}
			if got := shown(v); got != test.want {
				t.Errorf("sees %q, want %q", got, test.want)
			}
		})
	}
	t.Run("a role that nobody knows is refused", func(t *testing.T) {
		d := member.NewDirectory(newBook(person()), nil, member.Config{})
		access := member.Access{Role: "root", Purpose: service}
		_, get := d.Get(t.Context(), "m_1", access)
		_, find := d.Find(t.Context(), phone(t, "13800001234"), access)
		write := d.Update(t.Context(), "m_1", access, setTier("gold"))
		record := d.Record(t.Context(), "m_1", access, member.Interaction{})
		for _, err := range []error{get, find, write, record} {
			if !errors.Is(err, member.ErrDenied) {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestAddress(t *testing.T) {
	female, male := member.Female, member.Male
	zhang := member.Name{Family: "张", Given: "丽", FamilyEN: "Zhang", GivenEN: "Li"}
	smith := member.Name{FamilyEN: "Smith", GivenEN: "James"}
	ouyang := member.Name{Family: "欧阳", Given: "静"}
	tests := map[string]struct {
		name   member.Name
		gender *member.Gender
		lang   string
		want   string
	}{
		"surname and title":                          {zhang, &female, "zh", "张女士"},
		"in English":                                 {zhang, &female, "en", "Ms Zhang"},
		"a surname of two characters":                {ouyang, &female, "zh", "欧阳女士"},
		"no English name in English":                 {ouyang, &female, "en", "欧阳静"},
		"a foreign name in Chinese":                  {smith, &male, "zh", "Smith先生"},
		"a man":                                      {smith, &male, "en", "Mr Smith"},
		"no title is guessed where none is known":    {zhang, nil, "zh", "张丽"},
		"nor in English":                             {zhang, nil, "en", "Li Zhang"},
		"a given name alone has no title before it":  {member.Name{GivenEN: "Ada"}, &female, "en", "Ada"},
		"an empty name is no address at all":         {member.Name{}, &female, "zh", ""},
		"a Latin given name alone stands in Chinese": {member.Name{GivenEN: "Ada"}, &female, "zh", "Ada"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.name.Address(test.lang, test.gender); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPhone(t *testing.T) {
	tests := map[string]string{
		"13800001234": "+8613800001234", "138-0000-1234": "+8613800001234", "+86 138 0000 1234": "+8613800001234",
		" １３８００００１２３４ ": "+8613800001234", "+44 20 7946 0958": "+442079460958", "": "", "12": "", "hello": "", "138000012345678": "",
	}
	for in, want := range tests {
		h, err := member.Phone(in)
		if h.Value != want || (err == nil) == (want == "") {
			t.Errorf("%q is %q, %v; want %q", in, h.Value, err, want)
		}
	}
}

func FuzzPhone(f *testing.F) {
	f.Add("13800001234")
	f.Add("+44 20 7946 0958;ext=3")
	f.Fuzz(func(t *testing.T, number string) {
		if h, err := member.Phone(number); err == nil && (h.Kind != member.HandlePhone || h.Value == "" || h.Value[0] != '+') {
			t.Errorf("%q became %q", number, h.Value)
		}
	})
}

func ExampleMask() {
	fmt.Println(member.Mask("my number is one three eight double zero double zero one two three four"))
	fmt.Println(member.Mask("订单10023，电话13800001234"))
	// Output:
	// my number is one three eight ** ** one two three four
	// 订单10023，电话138****1234
}

func ExampleDirectory() {
	people := newBook(person()) // a store: in production store.Open
	directory := member.NewDirectory(people, nil, member.Config{})
	phone, _ := member.Phone("138 0000 1234")
	view, err := directory.Find(context.TODO(), phone, member.Access{
		Reader: "huike", Role: member.RoleRobot, Purpose: member.PurposeService, Call: "c_1",
	})
	fmt.Println(view, err)
	fmt.Println(view.Address("zh"), view.Address("en"), view.Phone, *view.Points)
	// Output:
	// member m_1 v7 <nil>
	// 张女士 Ms Zhang 138****1234 1280
}
