package store

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"huike/member"
	"huike/member/audit"
)

// importChannel is where an imported member signed up, if the file does not say.
const importChannel = "import"

// RowError says which row of an import file is broken and why. It repeats no
// personal data.
type RowError struct {
	Line   int // of the file, from 1
	Column string
	Reason string
}

// Error names the line, the column and what would be right.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d, column %s: %s", e.Line, e.Column, e.Reason)
}

// columns are what an import file may have; phone it must have.
func columns() []string {
	return []string{
		"phone", "family_name", "given_name", "family_name_en", "given_name_en", "gender",
		"birth_year", "channel", "tier", "lang", "account", "shop", "partner", "consent", "consent_at", "tags", "points", "birthday", "postcode",
	}
}

// Import adds the members of a CSV file in UTF-8, whose first line names the columns:
// phone, and any of family_name, given_name, family_name_en, given_name_en, gender
// (female, male), birth_year, channel, tier, lang (zh, en), account (individual,
// enterprise, dealer, provider), shop and partner (whose member it is), consent (purposes
// divided by ;), consent_at (when it was given: 2006-01-02 or RFC 3339; the time of the
// import if empty), tags (divided by ;), points, birthday (2006-01-02) and postcode. An empty cell is unknown. It adds
// every row and returns their number, or none and a [*RowError]. Whoever asked to be
// forgotten is refused, unless consent_at is after that.
func (s *Store) Import(ctx context.Context, r io.Reader) (int, error) {
	file := csv.NewReader(r)
	file.ReuseRecord = true
	head, err := file.Read()
	if err != nil {
		return 0, rowError(file, 1, err)
	}
	names, err := header(head)
	if err != nil {
		return 0, err
	}
	rows, err := s.readRows(file, names)
	if err != nil {
		return 0, err
	}
	err = s.Change(ctx, func(tx *sql.Tx) error {
		for _, one := range rows {
			if err := s.importRow(ctx, tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(rows), nil
}

func header(row []string) ([]string, error) {
	names := make([]string, len(row))
	for i, name := range row {
		name = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
		if !slices.Contains(columns(), name) {
			return nil, &RowError{Line: 1, Reason: fmt.Sprintf("column %d is not known; want %s", i+1, strings.Join(columns(), ", "))}
		}
		if slices.Contains(names[:i], name) {
			return nil, &RowError{Line: 1, Column: name, Reason: "stands twice"}
		}
		names[i] = name
	}
	if !slices.Contains(names, "phone") {
		return nil, &RowError{Line: 1, Reason: "the column phone is missing"}
	}
	return names, nil
}

// readRows reads the file to its end before anything is written: a change may have to
// be done again.
func (s *Store) readRows(file *csv.Reader, names []string) ([]imported, error) {
	now := time.Now().In(s.place)
	seen := make(map[member.Handle]int) // phone -> line
	var rows []imported
	for {
		row, err := file.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, rowError(file, len(rows)+2, err)
		}
		line, _ := file.FieldPos(0)
		one, err := readRow(line, names, row, now)
		if err != nil {
			return nil, err
		}
		phone := one.profile.Handles[0]
		if first, twice := seen[phone]; twice {
			return nil, &RowError{Line: line, Column: "phone", Reason: fmt.Sprintf("stands in line %d already", first)}
		}
		seen[phone] = line
		rows = append(rows, one)
	}
}

func (s *Store) importRow(ctx context.Context, tx *sql.Tx, one imported) error {
	phone, line := one.profile.Handles[0], one.line
	var there int
	err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM handles WHERE kind = $1 AND value = $2`, phone.Kind, s.Search(phone.Value)).Scan(&there)
	if err == nil && there > 0 {
		return &RowError{Line: line, Column: "phone", Reason: "belongs to a member already"}
	}
	var erased time.Time
	if err == nil {
		erased, err = s.Erased(ctx, tx, phone)
	}
	if err == nil && !erased.IsZero() && !one.consented.After(erased) {
		return &RowError{Line: line, Column: "phone", Reason: ErrErased.Error() + " (consent to service, and consent_at)"}
	}
	if err == nil {
		err = s.CreateIn(ctx, tx, one.profile)
	}
	if errors.Is(err, ErrErased) {
		return &RowError{Line: line, Column: "consent", Reason: ErrErased.Error()}
	}
	if err == nil && one.points != 0 {
		_, err = tx.ExecContext(ctx, `INSERT INTO points (member_id, at, delta, reason) VALUES ($1, $2, $3, 'import')`,
			one.profile.ID, stamp(time.Now()), one.points)
	}
	if err == nil {
		err = s.appendAudit(ctx, tx, []audit.Row{{
			At: time.Now(), Member: string(one.profile.ID), Reader: importChannel, Role: string(member.RoleSystem),
			Purpose: string(member.PurposeService), Action: audit.Update, Fields: "all", Outcome: audit.OK,
		}})
	}
	if err != nil {
		return fmt.Errorf("line %d: %w", line, err)
	}
	return nil
}

// imported is one row, understood.
type imported struct {
	line    int
	profile *member.Profile
	points  int64

	consented time.Time // when consent was given; zero where the file does not say
}

func readRow(line int, names, row []string, now time.Time) (imported, error) {
	one := imported{line: line, profile: &member.Profile{ID: member.ID("m_" + uuid.NewString())}}
	channel := importChannel
	one.profile.Basic.Channel = &channel
	for i, cell := range row {
		cell = strings.TrimSpace(cell)
		reason := ""
		switch {
		case !utf8.ValidString(cell):
			reason = "is not UTF-8; save the file as UTF-8"
		case strings.ContainsRune(cell, 0):
			reason = "holds a zero byte"
		case len(cell) > 200:
			reason = "is longer than 200 bytes"
		case cell != "":
			reason = one.set(names[i], cell, now)
		}
		if reason != "" {
			return imported{}, &RowError{Line: line, Column: names[i], Reason: reason}
		}
	}
	if !one.consented.IsZero() {
		for i := range one.profile.Consent {
			one.profile.Consent[i].At = one.consented
		}
	}
	if len(one.profile.Handles) == 0 {
		return imported{}, &RowError{Line: line, Column: "phone", Reason: "is empty"}
	}
	return one, nil
}

// set takes one cell, and returns what is wrong with it.
func (one *imported) set(column, cell string, now time.Time) string {
	switch column {
	case "phone":
		phone, err := member.Phone(cell)
		if err != nil {
			return "is not a phone number; want 11 digits, or + and the country's code"
		}
		one.profile.Handles = []member.Handle{phone}
	case "family_name", "given_name", "family_name_en", "given_name_en":
		one.setName(column, cell)
	case "birthday", "postcode":
		return one.setFact(column, cell, now)
	case "consent_at":
		return one.setConsented(cell, now)
	case "consent", "tags", "points":
		return one.setList(column, cell, now)
	default:
		return one.setBasic(column, cell, now)
	}
	return ""
}

func (one *imported) setBasic(column, cell string, now time.Time) string {
	b := &one.profile.Basic
	switch column {
	case "gender":
		g := member.Gender(strings.ToLower(cell))
		if g != member.Female && g != member.Male {
			return "want female, male or nothing"
		}
		b.Gender = &g
	case "birth_year":
		year, err := strconv.Atoi(cell)
		if err != nil || year < now.Year()-120 || year > now.Year() {
			return "is not a year of birth; want four digits"
		}
		b.BirthYear = &year
	case "channel":
		b.Channel = &cell
	case "tier":
		b.Tier = &cell
	case "lang":
		if cell != "zh" && cell != "en" {
			return "want zh or en"
		}
		b.Lang = &cell
	default:
		return one.setWhose(column, cell)
	}
	return ""
}

func (one *imported) setWhose(column, cell string) string {
	b := &one.profile.Basic
	switch column {
	case "account":
		account := member.Account(cell)
		if !account.Known() {
			return "want individual, enterprise, dealer or provider"
		}
		b.Account = &account
	case "shop":
		b.Shop = &cell
	case "partner":
		b.Partner = &cell
	}
	return ""
}

// setFact takes what a caller can be found by.
func (one *imported) setFact(column, cell string, now time.Time) string {
	f := member.Fact{Name: column, Kind: member.KindText, Value: cell, Source: importChannel, At: now}
	if column == member.FactBirthday {
		f.Kind = member.KindDate
		if day, err := time.Parse(time.DateOnly, cell); err != nil || day.After(now) || day.Year() < now.Year()-120 {
			return "is not a birthday; want 2006-01-02"
		}
	}
	one.profile.Facts = append(one.profile.Facts, f)
	return ""
}

func (one *imported) setName(column, cell string) {
	b := &one.profile.Basic
	if b.Name == nil {
		b.Name = &member.Name{}
	}
	switch column {
	case "family_name":
		b.Name.Family = cell
	case "given_name":
		b.Name.Given = cell
	case "family_name_en":
		b.Name.FamilyEN = cell
	case "given_name_en":
		b.Name.GivenEN = cell
	}
}

func (one *imported) setConsented(cell string, now time.Time) string {
	at, err := time.Parse(time.RFC3339, cell)
	if err != nil {
		at, err = time.ParseInLocation(time.DateOnly, cell, now.Location())
	}
	if err != nil || at.After(now) || at.Year() < 1970 {
		return "is not a past time; want 2006-01-02 or 2006-01-02T15:04:05Z"
	}
	one.consented = at
	return ""
}

func (one *imported) setList(column, cell string, now time.Time) string {
	p := one.profile
	if column == "points" {
		n, err := strconv.ParseInt(cell, 10, 64)
		if err != nil || n < 0 {
			return "is not a number of points; want a whole number, 0 or more"
		}
		one.points = n
		return ""
	}
	for item := range strings.SplitSeq(cell, ";") {
		item = strings.TrimSpace(item)
		switch {
		case item == "":
		case column == "tags":
			if !slices.ContainsFunc(p.Tags, func(t member.Tag) bool { return t.Name == item }) {
				p.Tags = append(p.Tags, member.Tag{Name: item, Source: "import", At: now})
			}
		case !member.Purpose(item).Known():
			return "holds a purpose that is not known; want service, marketing, profiling, recording, voiceprint or location"
		default:
			p.SetConsent(member.Grant{Purpose: member.Purpose(item), Given: true, At: now, Notice: importChannel})
		}
	}
	return ""
}

// rowError names the line at which the file could not be read.
func rowError(file *csv.Reader, line int, err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return &RowError{Line: line, Reason: "the file is empty; want a line that names the columns"}
	case errors.As(err, &parse) && errors.Is(parse.Err, csv.ErrFieldCount):
		return &RowError{Line: parse.Line, Reason: fmt.Sprintf("does not have the first line's %d cells", file.FieldsPerRecord)}
	case errors.As(err, &parse):
		return &RowError{Line: parse.StartLine, Reason: "is no CSV: a quote is missing or out of place"}
	}
	return fmt.Errorf("line %d: %w", line, err)
}
