package main

import (
	"context"
	"fmt"
	"os"

	"huike/member/store"
)

// memberCommand keeps the shop's people.
type memberCommand struct {
	Import     memberImport     `cmd:"" help:"Add the members of a CSV file; a broken row is named by its line and nothing is imported."`
	Events     memberEvents     `cmd:"" help:"Events: take those of a CSV file; list, retry and drop those that were refused."`
	Erase      memberErase      `cmd:"" help:"Forget a person: profile, orders, contacts, events, tags, calls, every copy. A keyed hash stays, so that no import brings them back without a new consent."`
	Retain     memberRetain     `cmd:"" help:"Delete what is older than its term, by class; --dry-run counts it."`
	Export     memberExport     `cmd:"" help:"Give out everything that is known of a person, as one JSON document or with their calls in a zip. The export is itself in the audit trail."`
	Voiceprint memberVoiceprint `cmd:"" help:"Tell whether a member's voice print is kept, from which call; --drop deletes it."`
	Tags       memberTags       `cmd:"" help:"Tags and tiers: check rules, hold all members to them, show a member's with what made them so, put one on or take it off."`
	Segment    memberSegment    `cmd:"" help:"Segments: count or list the members of whom an expression is true; a member's portrait."`
	RFM        memberRFM        `cmd:"" name:"rfm" help:"Score all members by recency, frequency and money, 1 to 5 each, and print how many have which."`
	Token      memberToken      `cmd:"" help:"Tokens for people and programs that read members: give one for a role and a scope, list them, end one."`
	Forecast   memberForecast   `cmd:"" help:"Foretell when members buy again, whether they still do, and what they run out of; --warn lists whom the shop is about to lose."`
	Rekey      memberRekey      `cmd:"" help:"Exchange keys while servers go on: a new data key and everything sealed anew, or with --master a new master key. Broken off, it goes on where it was."`
	Generate   memberGenerate   `cmd:"" help:"Fill a store with invented members and events, the same for the same seed, and print how fast they came in."`
}

// memberStore says where the members are, for every command that keeps them.
type memberStore struct {
	Data  string `help:"Folder of the members." default:"var" env:"HUIKE_DATA" type:"path"`
	Store string `help:"The members' store: a Postgres URL or the path of a SQLite file; default: huike.db in the data folder." env:"HUIKE_STORE" placeholder:"URL"`
	masterConfig
}

// open opens the store, and makes the folder if there is none.
func (c *memberStore) open(ctx context.Context) (*store.Store, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, err
	}
	key, err := store.ReadKey(c.Data)
	if err != nil {
		return nil, err
	}
	log := notesLog()
	master, _, err := c.master(c.Data, log)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, storeAddress(c.Store, c.Data), store.Config{Key: key, KMS: master, Progress: sealing(log)})
}

// memberImport reads a file of members into the store.
type memberImport struct {
	File string `arg:"" help:"CSV file in UTF-8 whose first line names its columns: phone, and any of family_name, given_name, family_name_en, given_name_en, gender (female, male), birth_year, channel, tier, lang (zh, en), account (individual, enterprise, dealer, provider), shop and partner (whose member it is), consent (purposes divided by ;), consent_at (when it was given), tags (divided by ;), points, birthday (2006-01-02) and postcode." type:"existingfile"`
	memberStore
}

// Run imports the file, or nothing of it.
func (c *memberImport) Run(ctx context.Context, to streams) error {
	file, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // only read
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // what was imported is committed
	n, err := s.Import(ctx, file)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	members := "members"
	if n == 1 {
		members = "member"
	}
	fmt.Fprintf(to.out, "%d %s imported\n", n, members)
	return nil
}
