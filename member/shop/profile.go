package shop

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"huike/member"
	"huike/member/store"
)

// nameOfText reads a whole name. A Chinese one begins with the family's, of two
// characters for the common double surnames; one in Latin letters ends with it.
func nameOfText(text string) *member.Name {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		runes := []rune(text)
		family := 1
		if len(runes) > 2 && slices.Contains([]string{"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯", "端木", "南宫"}, string(runes[:2])) {
			family = 2
		}
		return &member.Name{Family: string(runes[:family]), Given: string(runes[family:])}
	}
	at := strings.LastIndexByte(text, ' ')
	return &member.Name{GivenEN: strings.TrimSpace(text[:max(at, 0)]), FamilyEN: text[at+1:]}
}

// setBasics reads what a registration may say besides, and returns the argument that is
// wrong.
func setBasics(b *member.Basic, r *request) string {
	for _, field := range []string{"channel", "gender", "lang_spoken", "birth_year"} {
		if value := r.args[field]; value != "" && setBasic(b, field, value, r) {
			return field
		}
	}
	if b.Channel == nil {
		channel := "phone"
		b.Channel = &channel
	}
	if b.Lang == nil && (r.lang == "zh" || r.lang == "en") {
		b.Lang = &r.lang
	}
	return ""
}

// setBasic reports whether a value is wrong.
func setBasic(b *member.Basic, field, value string, r *request) (wrong bool) {
	switch field {
	case "channel":
		b.Channel = &value
	case "gender":
		g := member.Gender(value)
		b.Gender = &g
		return g != member.Female && g != member.Male
	case "lang", "lang_spoken":
		b.Lang = &value
		return value != "zh" && value != "en"
	case "birth_year":
		year, err := strconv.Atoi(value)
		b.BirthYear = &year
		return err != nil || year < r.now.Year()-120 || year > r.now.Year()
	case "name":
		b.Name = nameOfText(value)
	}
	return false
}

// changeMember changes one field of the member's record.
func (s *Shop) changeMember(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	field, value := r.args["field"], strings.TrimSpace(r.args["value"])
	var shown string
	var flaw *Result
	var err error
	switch field {
	case "":
		return missing("field"), nil
	case "address":
		shown, flaw, err = s.changeAddress(ctx, tx, r)
	case "phone", "email":
		shown, flaw, err = s.changeHandle(ctx, tx, r, field, value)
	case "name", "lang", "birth_year", "gender":
		shown, flaw, err = s.changeBasic(ctx, tx, r, field, value)
	default:
		return invalid("field"), nil
	}
	if flaw != nil || err != nil {
		return deref(flaw), err
	}
	r.changed, err = store.Touch(ctx, tx, r.member)
	return Result{OK: true, Rows: []map[string]string{{"field": field, "value": shown}}}, err
}

func (s *Shop) changeAddress(ctx context.Context, tx *sql.Tx, r *request) (string, *Result, error) {
	a := addressOf(r.args)
	if a.Line1 == "" {
		a.Line1 = r.args["value"]
	}
	if a == (Address{}) && !s.rules.Exact() {
		return "", new(missing("value")), nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE members SET address = $2 WHERE id = $1`, r.member, s.store.SealAt("members.address", string(r.member), a.json()))
	return a.line(), nil, err
}

// changeHandle takes a new number or e-mail address, in place of those that the member
// had; one that is somebody else's is a duplicate.
func (s *Shop) changeHandle(ctx context.Context, tx *sql.Tx, r *request, kind, value string) (string, *Result, error) {
	if value == "" {
		return "", new(missing("value")), nil
	}
	h, err := member.NewHandle(kind, value)
	if err != nil {
		return "", new(invalid("value")), nil //nolint:nilerr // the caller's mistake, told by its code
	}
	var there int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM handles WHERE kind = $1 AND value = $2`, h.Kind, s.store.Search(h.Value)).Scan(&there)
	if err != nil {
		return "", nil, err
	}
	if there > 0 {
		return "", new(Result{Code: CodeDuplicate, Rows: []map[string]string{{"arg": "value", "value": h.Masked()}}}), nil
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM handles WHERE member_id = $1 AND kind = $2`, r.member, h.Kind)
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO handles (kind, value, member_id, added_at) VALUES ($1, $2, $3, $4)`,
			h.Kind, s.store.Search(h.Value), r.member, r.now.UnixMilli())
	}
	return h.Masked(), nil, err
}

func (s *Shop) changeBasic(ctx context.Context, tx *sql.Tx, r *request, field, value string) (string, *Result, error) {
	if value == "" {
		return "", new(missing("value")), nil
	}
	var b member.Basic
	if setBasic(&b, field, value, r) {
		return "", new(invalid("value")), nil
	}
	id := string(r.member)
	var err error
	switch {
	case b.Name != nil && b.Name.Family != "":
		_, err = tx.ExecContext(ctx, `UPDATE members SET family = $2, given = $3 WHERE id = $1`, id, s.store.SealAt("members.family", id, b.Name.Family), s.store.SealAt("members.given", id, b.Name.Given))
	case b.Name != nil:
		_, err = tx.ExecContext(ctx, `UPDATE members SET family_en = $2, given_en = $3 WHERE id = $1`,
			id, s.store.SealAt("members.family_en", id, b.Name.FamilyEN), s.store.SealAt("members.given_en", id, b.Name.GivenEN))
	case b.Lang != nil:
		_, err = tx.ExecContext(ctx, `UPDATE members SET lang = $2 WHERE id = $1`, r.member, *b.Lang)
	case b.BirthYear != nil:
		_, err = tx.ExecContext(ctx, `UPDATE members SET birth = $2 WHERE id = $1`, r.member, s.store.SealAt("members.birth", id, strconv.Itoa(*b.BirthYear)))
	case b.Gender != nil:
		_, err = tx.ExecContext(ctx, `UPDATE members SET gender = $2 WHERE id = $1`, r.member, string(*b.Gender))
	default:
		err = errors.New("nothing to change")
	}
	if err == nil && b.Name != nil {
		err = s.store.IndexName(ctx, tx, r.member)
	}
	return value, nil, err
}
