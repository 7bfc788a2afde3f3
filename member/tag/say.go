package tag

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/file"
)

// Wrong says what is wrong in an expression, in both languages: where, with which value,
// and what would be right.
type Wrong struct{ EN, ZH string } //nolint:errname // tag.Wrong, as rules are

// Error is the English words.
func (w *Wrong) Error() string { return w.EN }

// saying is how one kind of fault, as package expr words it, is told.
type saying struct {
	pattern *regexp.Regexp
	en, zh  string // $1 and on are what the pattern holds
}

func sayings() []saying {
	say := func(pattern, en, zh string) saying { return saying{regexp.MustCompile("^" + pattern), en, zh} }
	return []saying{
		say(`unknown name (\S+)`, `there is no "$1" here`, `这里没有“$1”`),
		say(`unknown builtin (\S+)`, `there is no function "$1"`, `没有函数“$1”`),
		say(`type (\S+) has no (?:field|method) (\S+)`, `there is no field "$2" in this`, `这里没有字段“$2”`),
		say(`unknown field (\S+)`, `there is no field "$1" in this`, `这里没有字段“$1”`),
		say(`type nil has no field (\S+)`, `there is no field "$1" in this`, `这里没有字段“$1”`),
		say(`unexpected token EOF|unexpected end of expression`, `it ends too early: something is missing at its end, such as a value or a closing bracket`, `表达式没有写完：结尾缺少值或右括号`),
		say(`unexpected token \w+\((.+)\)`, `$1 does not fit here: an operator, a comma or a bracket may be missing before it`, `$1 不能出现在这里：它前面可能缺少运算符、逗号或括号`),
		say(`unrecognized character: U\+\w+ (.+)`, `the character $1 is not known here: write operators and quotation marks in ASCII`, `这里不能用字符 $1：运算符和引号请用英文半角`),
		say(`literal not terminated`, `a quotation mark is not closed`, `引号没有闭合`),
		say(`unclosed comment`, `a comment is not closed`, `注释没有闭合`),
		say(`invalid operation: (\S+) \(mismatched types (\S+) and (\S+)\)`, `$1 cannot go between $2 and $3: both sides must be of one kind`, `$1 的两边不能是 $2 和 $3：两边的类型要一致`),
		say(`invalid operation: (\S+) \(mismatched type (\S+)\)`, `$1 cannot go before $2`, `$1 不能用于 $2`),
		say(`expected (\S+), but got (\S+)`, `it gives $2 where $1 is wanted`, `结果是 $2，而这里需要 $1`),
		say(`non-bool expression \(type (\S+)\) used as condition`, `the condition gives $1 where true or false is wanted`, `条件的结果是 $1，而这里需要“是或否”`),
		say(`predicate should return boolean \(got (\S+)\)`, `the condition in it gives $1 where true or false is wanted`, `其中的条件得到 $1，而这里需要“是或否”`),
		say(`builtin (\S+) takes only array \(got (\S+)\)`, `$1 wants a list, and has $2`, `$1 需要列表，而给的是 $2`),
		say(`cannot use (\S+) as argument \(type (\S+)\) to call (\S+)`, `$3 wants $2, and has $1`, `$3 需要 $2，而给的是 $1`),
		say(`not enough arguments to call (\S+)`, `$1 has too few values in its brackets`, `$1 的括号里少了值`),
		say(`too many arguments to call (\S+)`, `$1 has too many values in its brackets`, `$1 的括号里多了值`),
		say(`(\S+) is not callable`, `$1 is no function`, `$1 不是函数`),
		say(`cannot redeclare (?:variable |function |builtin )?(\S+)`, `the name "$1" is taken`, `名称“$1”已被使用`),
		say(`cannot use pointer accessor outside predicate`, `a dot stands outside of the list that it is about`, `点号用在了列表条件之外`),
		say(`compilation failed: expression exceeds maximum allowed nodes`, `it is too long: divide it into several rules`, `表达式太长：请分成几条规则`),
		say(`memory budget exceeded`, `it makes too long a list for one member`, `它为一位会员生成的列表太长`),
	}
}

// kinds are types as people call them.
func kinds() (en, zh *strings.Replacer) {
	en = strings.NewReplacer("float64", "a number", "int64", "a number", "int", "a number", "string", "a text", "bool", "true or false",
		"[]tag.Fact", "a list", "[]*tag.Fact", "a list", "interface {}", "any value", "[]any", "a list")
	zh = strings.NewReplacer("float64", "数字", "int64", "数字", "int", "数字", "string", "文字", "bool", "是或否",
		"[]tag.Fact", "列表", "[]*tag.Fact", "列表", "interface {}", "任意值", "[]any", "列表")
	return en, zh
}

// Say tells what package expr found wrong in an expression. Words that it does not know
// stay as they are, with their place, in both languages.
func Say(err error) *Wrong {
	if w, is := errors.AsType[*Wrong](err); is {
		return w
	}
	one, is := errors.AsType[*file.Error](err)
	if !is {
		first, _, _ := strings.Cut(err.Error(), "\n")
		one = &file.Error{Message: first}
	}
	first, _, _ := strings.Cut(one.Message, "\n")
	en, zh := first, "读不懂（"+first+"）"
	typesEN, typesZH := kinds()
	for _, s := range sayings() {
		if found := s.pattern.FindStringSubmatchIndex(first); found != nil {
			en = typesEN.Replace(string(s.pattern.ExpandString(nil, s.en, first, found)))
			zh = typesZH.Replace(string(s.pattern.ExpandString(nil, s.zh, first, found)))
			break
		}
	}
	if one.Line == 0 {
		return &Wrong{en, zh}
	}
	return &Wrong{
		fmt.Sprintf("%s, at character %d", en, one.Column+1) + lineEN(one.Line),
		fmt.Sprintf("第 %d 个字符处：", one.Column+1) + lineZH(one.Line) + zh,
	}
}

func lineEN(line int) string {
	if line < 2 {
		return ""
	}
	return fmt.Sprintf(" of its line %d", line)
}

func lineZH(line int) string {
	if line < 2 {
		return ""
	}
	return fmt.Sprintf("（第 %d 行）", line)
}
