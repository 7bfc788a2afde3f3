package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"huike/member"
	"huike/member/store"
)

func TestImport(t *testing.T) { each(t, imports) }

func imports(t *testing.T, s *store.Store) {
	t.Helper()
	n, err := s.Import(t.Context(), strings.NewReader("\ufeff"+`phone,family_name,given_name,gender,birth_year,tier,lang,consent,tags,points
13811110001,刘,洋,Male,1990,gold,zh,service;marketing,"跑步; 新",250
"138 1111 0002",,,,,,,,,
`))
	if n != 2 || err != nil {
		t.Fatal(n, err)
	}
	id, err := find(t, s, "13811110001")
	if err != nil {
		t.Fatal(err)
	}
	p := load(t, s, id)
	got := fmt.Sprintln(p.Basic.Name.Address("zh", p.Basic.Gender), *p.Points, *p.Basic.Channel,
		p.Allows(member.PurposeMarketing), p.Allows(member.PurposeProfiling), len(p.Tags))
	if got != "刘先生 250 import true false 2\n" {
		t.Error("the row became", got)
	}
	if rows, err := s.FindAudit(t.Context(), store.AuditQuery{Member: id}); len(rows) != 1 || rows[0].Reader != "import" || err != nil {
		t.Error("the import left no audit row", rows, err)
	}
	id, _ = find(t, s, "13811110002")
	if p := load(t, s, id); p.Basic.Name != nil || p.Basic.Gender != nil || p.Points != nil || len(p.Consent) != 0 {
		t.Error("an empty cell is not unknown")
	}
}

func TestImportRefusesTheWholeFile(t *testing.T) { each(t, refusesTheWholeFile) }

func refusesTheWholeFile(t *testing.T, s *store.Store) { // which stays as it is: nothing is imported
	t.Helper()
	const good = "phone,family_name,gender,birth_year,consent,points\n13811110001,刘,male,1990,service,1\n"
	tests := map[string]struct{ file, want string }{
		"an empty file":               {"", "line 1: the file is empty"},
		"a column that nobody knows":  {"phone,shoe_size\n", "line 1: column 2 is not known"},
		"a column twice":              {"phone,phone\n", "line 1, column phone: stands twice"},
		"no phone column":             {"gender\n", "line 1: the column phone is missing"},
		"a number too short":          {good + "1381111,,,,,\n", "line 3, column phone: is not a phone number"},
		"no number":                   {good + ",王,,,,\n", "line 3, column phone: is empty"},
		"a number twice in the file":  {good + "+86 13811110001,,,,,\n", "line 3, column phone: stands in line 2 already"},
		"a number of a member":        {good + "13800001234,,,,,\n", "line 3, column phone: belongs to a member already"},
		"a gender that nobody knows":  {good + "13811110002,,x,,,\n", "line 3, column gender: want female, male"},
		"a birth in the future":       {good + "13811110002,,,2999,,\n", "line 3, column birth_year: is not a year"},
		"a purpose that nobody knows": {good + "13811110002,,,,service;spying,\n", "line 3, column consent: holds a purpose"},
		"points that are no number":   {good + "13811110002,,,,,many\n", "line 3, column points: is not a number"},
		"a cell too few":              {good + "13811110002,,,,\n", "line 3: does not have the first line's 6 cells"},
		"a quote out of place":        {good + "13811110002,a\"b,,,,\n", "line 3: is no CSV"},
		"a zero byte":                 {good + "13811110002,a\x00b,,,,\n", "line 3, column family_name: holds a zero"},
		"another encoding":            {good + "13811110002,\xc1\xf5,,,,\n", "line 3, column family_name: is not UTF-8"},
		"a line break inside a quote": {"phone,family_name\n13811110001,\"刘\n洋\"\n138,\n", "line 4, column phone: is not a phone"},
		"a name as long as a book":    {good + "13811110002," + strings.Repeat("长", 100) + ",,,,\n", "line 3, column family_name: is longer"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n, err := s.Import(t.Context(), strings.NewReader(test.file))
			if n != 0 || err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("%d rows; %v\nwant %s", n, err, test.want)
			}
			if err != nil && (strings.Contains(err.Error(), "138111") || strings.Contains(err.Error(), "刘")) {
				t.Errorf("the error names a person: %v", err)
			}
			if _, err := find(t, s, "13811110001"); !errors.Is(err, member.ErrUnknown) {
				t.Errorf("the good row was imported: %v", err)
			}
		})
	}
}

func FuzzImport(f *testing.F) {
	f.Add("phone,gender,tags\n13811110001,male,a;b\n")
	f.Add("phone\n\"138\n")
	s := filled(f, "sqlite")
	f.Fuzz(func(t *testing.T, file string) {
		n, err := s.Import(t.Context(), strings.NewReader(file))
		var row *store.RowError
		if err != nil && (n != 0 || !errors.As(err, &row) || row.Line < 1) {
			t.Errorf("%d rows and %v", n, err)
		}
	})
}

func ExampleStore_Import() {
	fmt.Println(&store.RowError{Line: 7, Column: "phone", Reason: "is empty"})
	// Output: line 7, column phone: is empty
}
