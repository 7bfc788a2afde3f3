package shop

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"huike/member"
	"huike/member/store"
)

const notice = "voice" // how consent was asked for

// find answers with the one member of an e-mail address, or of a name and a zip code. It
// tells the id alone.
func (s *Shop) find(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	email, zip := r.args["email"], r.args["zip"]
	var ids []string
	take := func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	}
	var err error
	switch {
	case email != "":
		err = store.Each(ctx, tx, take, `SELECT member_id FROM handles WHERE kind = $1 AND value = $2 ORDER BY member_id`, member.HandleEmail, s.store.Search(strings.ToLower(email)))
	case r.args["first_name"] == "" || r.args["last_name"] == "" || zip == "":
		return missing("email"), nil
	default:
		err = store.Each(ctx, tx, func(scan func(...any) error) error {
			var id, text string
			err := scan(&id, &text)
			var a Address
			if err == nil {
				err = json.Unmarshal([]byte(text), &a)
			}
			if a.Zip == zip {
				ids = append(ids, id)
			}
			return err
		}, `SELECT id, `+store.Opened("members.address")+` FROM members WHERE id IN (SELECT member_id FROM member_names WHERE hash = $1) AND address IS NOT NULL ORDER BY id`,
			s.store.NameHash(r.args["first_name"]+" "+r.args["last_name"]))
	}
	if err != nil || len(ids) == 0 {
		return Result{Code: CodeNotFound}, err
	}
	return Result{OK: true, Rows: []map[string]string{{"id": ids[0]}}}, nil
}

// details answers with what a member may hear of the own record.
func (s *Shop) details(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	points, err := s.points(ctx, tx, r)
	if err != nil {
		return Result{}, err
	}
	address, err := readAddress(ctx, tx, r.member)
	if err != nil {
		return Result{}, err
	}
	row := points.Rows[0]
	row["address"] = address.line()
	if row["name"], err = fullName(ctx, tx, r); err != nil {
		return Result{}, err
	}
	for _, kind := range []string{member.HandlePhone, member.HandleEmail} {
		h := member.Handle{Kind: kind}
		err := tx.QueryRowContext(ctx, `SELECT value FROM handles WHERE member_id = $1 AND kind = $2 ORDER BY added_at LIMIT 1`, r.member, kind).Scan(&h.Value)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return Result{}, err
		}
		if row[kind+"_masked"] = ""; h.Value != "" {
			row[kind+"_masked"] = h.Masked()
		}
	}
	var numbers []string
	err = store.Each(ctx, tx, func(scan func(...any) error) error {
		var n string
		err := scan(&n)
		numbers = append(numbers, n)
		return err
	}, `SELECT number FROM orders WHERE member_id = $1 ORDER BY placed_at DESC, number DESC`, r.member)
	row["orders"] = strings.Join(numbers, ",")
	rows := []map[string]string{row}
	methods, errMethods := readMethods(ctx, tx, r)
	for i := range methods {
		m := map[string]string{"payment": methods[i].id, "kind": methods[i].label(r), "balance": ""}
		if methods[i].balance.Valid {
			m["balance"] = money(methods[i].balance.Int64)
		}
		rows = append(rows, m)
	}
	return Result{OK: true, Rows: rows}, errors.Join(err, errMethods)
}

func fullName(ctx context.Context, tx *sql.Tx, r *request) (string, error) {
	var n member.Name
	var all [4]sql.NullString
	err := tx.QueryRowContext(ctx, `SELECT `+store.Opened("members.family", "members.given", "members.family_en", "members.given_en")+`
		FROM members WHERE id = $1`, r.member).Scan(&all[0], &all[1], &all[2], &all[3])
	n.Family, n.Given, n.FamilyEN, n.GivenEN = all[0].String, all[1].String, all[2].String, all[3].String
	return n.Full(r.lang), err
}

func readAddress(ctx context.Context, tx *sql.Tx, id member.ID) (Address, error) {
	var text sql.NullString
	var a Address
	err := tx.QueryRowContext(ctx, `SELECT `+store.Opened("members.address")+` FROM members WHERE id = $1`, id).Scan(&text)
	if err != nil || text.String == "" {
		return a, err
	}
	return a, json.Unmarshal([]byte(text.String), &a)
}

// register makes a member of a caller who agreed to it. A number that is a member's
// already is not used twice.
func (s *Shop) register(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	phone, err := member.Phone(r.args["phone"])
	name := nameOfText(r.args["name"])
	switch {
	case r.args["phone"] == "":
		return missing("phone"), nil
	case err != nil:
		return invalid("phone"), nil //nolint:nilerr // the caller's mistake, told by its code
	case name == nil:
		return missing("name"), nil
	case r.args["consent"] != "yes":
		return missing("consent"), nil
	}
	var there int
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM handles WHERE kind = $1 AND value = $2`, phone.Kind, s.store.Search(phone.Value)).Scan(&there)
	if err != nil {
		return Result{}, err
	}
	if there > 0 {
		return Result{Code: CodeDuplicate, Rows: []map[string]string{{"arg": "phone", "phone": phone.Masked()}}}, nil
	}
	p := &member.Profile{ID: member.ID("m_" + uuid.NewString()), Handles: []member.Handle{phone}}
	p.Basic.Name = name
	if wrong := setBasics(&p.Basic, r); wrong != "" {
		return invalid(wrong), nil
	}
	for _, purpose := range []member.Purpose{member.PurposeService} {
		p.SetConsent(member.Grant{Purpose: purpose, Given: true, At: r.now, Notice: notice})
	}
	if err = s.store.CreateIn(ctx, tx, p); err != nil {
		return Result{}, err
	}
	points, err := s.welcome(ctx, tx, r, p.ID, phone)
	return Result{OK: true, Rows: []map[string]string{{
		"member": string(p.ID), "phone": phone.Masked(), "points": strconv.Itoa(points),
	}}}, err
}

// welcome writes the points of a new member, and of the one who sent him.
func (s *Shop) welcome(ctx context.Context, tx *sql.Tx, r *request, id member.ID, phone member.Handle) (int, error) {
	points := s.rules.Value("welcome_points", 0)
	if err := addPoints(ctx, tx, r, id, points, "welcome"); err != nil {
		return 0, err
	}
	var code string
	var from member.ID
	err := tx.QueryRowContext(ctx, `SELECT code, member_id FROM referrals WHERE joined IS NULL AND (code = $1 OR phone = $2)
		ORDER BY code = $1 DESC, created_at LIMIT 1`, r.args["referral"], s.store.Search(phone.Value)).Scan(&code, &from)
	if errors.Is(err, sql.ErrNoRows) {
		return points, nil
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, `UPDATE referrals SET joined = $2 WHERE code = $1`, code, id)
	}
	bonus := s.rules.Value("referral_points", 0)
	if err == nil {
		err = addPoints(ctx, tx, r, id, bonus, "referral "+code)
	}
	if err == nil {
		err = addPoints(ctx, tx, r, from, bonus, "referral "+code)
	}
	if err == nil {
		r.others, err = touchAlso(ctx, tx, r.others, from)
	}
	return points + bonus, err
}

func touchAlso(ctx context.Context, tx *sql.Tx, others map[member.ID]int64, id member.ID) (map[member.ID]int64, error) {
	version, err := store.Touch(ctx, tx, id)
	if others == nil {
		others = map[member.ID]int64{}
	}
	others[id] = version
	return others, err
}

func addPoints(ctx context.Context, tx *sql.Tx, r *request, id member.ID, delta int, reason string) error {
	if delta == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO points (member_id, at, delta, reason) VALUES ($1, $2, $3, $4)`, id, r.now.UnixMilli(), delta, reason)
	return err
}

// refer notes that the member sends a friend. Both get points once the friend has
// registered.
func (s *Shop) refer(ctx context.Context, tx *sql.Tx, r *request) (Result, error) {
	if r.args["phone"] == "" {
		return missing("phone"), nil
	}
	phone, err := member.Phone(r.args["phone"])
	if err != nil {
		return invalid("phone"), nil //nolint:nilerr // the caller's mistake, told by its code
	}
	var there int
	err = tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM handles WHERE kind = $1 AND value = $2) +
		(SELECT COUNT(*) FROM referrals WHERE phone = $2 AND member_id = $3)`, phone.Kind, s.store.Search(phone.Value), r.member).Scan(&there)
	if err != nil {
		return Result{}, err
	}
	if there > 0 {
		return Result{Code: CodeDuplicate, Rows: []map[string]string{{"arg": "phone", "phone": phone.Masked()}}}, nil
	}
	code, err := nextNumber(ctx, tx, "referral")
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO referrals (code, member_id, phone, created_at) VALUES ($1, $2, $3, $4)`,
			code, r.member, s.store.Search(phone.Value), r.now.UnixMilli())
	}
	return Result{OK: true, Rows: []map[string]string{{
		"code": code, "phone": phone.Masked(), "points": strconv.Itoa(s.rules.Value("referral_points", 0)),
	}}}, err
}
