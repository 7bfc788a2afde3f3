package tag_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"huike/member/segment"
	"huike/member/tag"
)

// parse reads one tag's rule.
func parse(when string) error {
	_, err := tag.Parse("t.yaml", []byte("tags:\n  - name: t\n    when: |\n      "+when+"\n"))
	return err
}

// TestHostileRulesAreRefused gives rules that are short and would fill the memory, or
// never end.
func TestHostileRulesAreRefused(t *testing.T) {
	doubled := `let a0 = stage + "x"; `
	shared := `let a0 = [1, 1]; `
	for i := range 40 {
		doubled += fmt.Sprintf("let a%d = a%d + a%d; ", i+1, i, i)
		shared += fmt.Sprintf("let a%d = [a%d, a%d]; ", i+1, i, i)
	}
	chain := `["x"]`
	for range 40 {
		chain = "map(" + chain + ", # + #)"
	}
	nested := `[1]`
	for range 40 {
		nested = "map(" + nested + ", [#, #])"
	}
	for name, when := range map[string]string{
		"a text doubled by variables": doubled + `len(a40) > 0`,
		"lists that share lists":      shared + `a40 == a39`,
		"a text doubled by maps":      `len(` + chain + `) > 0`,
		"lists doubled by maps":       nested + " == " + nested,
		"a text repeated":             `len(repeat("x", 100000000)) > 0`,
		"a text squared":              `len(replace(stage, "", stage)) > 0`,
		"a list joined":               `len(join(map(1..1000, "x"), stage)) > 0`,
		"lists put together":          `let a = concat(1..1000, 1..1000); len(a) > 0`,
		"a text doubled by reduce":    `len(reduce(1..1000, #acc + #acc, "x")) > 0`,
	} {
		if err := parse(when); err == nil {
			t.Errorf("%s: a tag's rule is taken", name)
		}
		if _, err := segment.Parse(when); err == nil {
			t.Errorf("%s: a segment is taken", name)
		}
	}
	for _, when := range []string{
		`let n = count(orders, "90d"); n + n > 3`,
		`any(items, .price + 5 > 10)`,
		`stage + "!" == "lead!"`,
	} {
		if err := parse(when); err != nil {
			t.Error(err)
		}
	}
}

func TestAFaultIsToldInBothLanguages(t *testing.T) {
	for when, want := range map[string][2]string{
		`count(odrers, "90d") > 1`:    {`there is no "odrers" here, at character 7`, `第 7 个字符处：这里没有“odrers”`},
		`count(orders, "90d") > "1"`:  {`> cannot go between a number and a text`, `> 的两边不能是 数字 和 文字`},
		`count(orders, "90d")`:        {`it gives a number where true or false is wanted`, `结果是 数字，而这里需要 是或否`},
		`count(orders, "90d") >`:      {`it ends too early`, `表达式没有写完`},
		`any(orders, .prise > 1)`:     {`there is no field "prise" in this`, `这里没有字段“prise”`},
		`count(orders, "90x") > 1`:    {`window "90x": want a number`, `时间窗 "90x" 不对`},
		`count(orders，"90d") > 1`:     {`the character '，' is not known here`, `这里不能用字符 '，'`},
		`repeat("x", 3) == "xxx"`:     {`there is no "repeat" here`, `这里没有“repeat”`},
		`sum(orders, "age", "all")>1`: {`want one of`, `之一`},
	} {
		err := parse(when)
		faults, is := errors.AsType[*tag.Faults](err)
		if !is {
			t.Errorf("%s: %v", when, err)
			continue
		}
		if got := faults.All[0]; !strings.Contains(got.EN, want[0]) || !strings.Contains(got.ZH, want[1]) {
			t.Errorf("%s:\n%s\n%s", when, got.EN, got.ZH)
		}
	}
	_, err := segment.Parse(`r >= `)
	if said := tag.Say(err); !strings.Contains(said.ZH, "分群“r >= ”：") || strings.Contains(said.ZH, "unexpected") {
		t.Error(said.ZH)
	}
}
