package vault_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huike/member/vault"
)

// keyed returns a vault with a data key, and their master.
func keyed(tb testing.TB) (*vault.Vault, *vault.Master, []vault.Key) {
	tb.Helper()
	master := vault.GenerateMaster()
	var all []vault.Key
	for id := range int64(2) {
		k, err := vault.NewKey(tb.Context(), master, id)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, k)
	}
	v := new(vault.Vault)
	if err := v.Load(tb.Context(), master, all); err != nil {
		tb.Fatal(err)
	}
	return v, master, all
}

func TestWhatIsSealedIsOpened(t *testing.T) {
	v, _, _ := keyed(t)
	for _, text := range []string{"张丽", "+8613800001234", strings.Repeat("x", 1<<16), "hk1.1.abc", "\x00"} {
		one, two := v.Seal(text), v.Seal(text)
		if one == two || strings.Contains(one, text) || !strings.HasPrefix(one, "hk1.1.") {
			t.Errorf("%q is sealed %.40q and %.40q", text, one, two)
		}
		if got, was := v.Open(one); got != text || !was {
			t.Errorf("%.40q opens as %q", text, got)
		}
		found := v.Search(text)
		if found != v.Search(text) || strings.Contains(found, text) || !strings.HasPrefix(found, vault.Searched) {
			t.Errorf("%.40q is searched as %.40q", text, found)
		}
		if got, was := v.Open(found); got != text || !was {
			t.Errorf("%.40q opens as %q", text, got)
		}
	}
	if v.Seal("") != "" || v.Search("") != "" {
		t.Error("an empty text is sealed")
	}
}

func TestWhatTheVaultHasNotSealedIsNotOpened(t *testing.T) {
	v, _, _ := keyed(t)
	other, _, _ := keyed(t)
	sealed := v.Seal("张丽")
	for name, text := range map[string]string{
		"plain": "张丽", "empty": "", "another vault's": other.Seal("x"), "cut": sealed[:len(sealed)-2], "changed": sealed[:len(sealed)-3] + "AAA",
		"of no key": "hk1.9." + sealed[6:], "of another kind": "hk1.s." + sealed[6:], "no base64": "hk1.1.%%%%", "a person's own": "hk1.",
	} {
		if got, was := v.Open(text); was || got != text {
			t.Errorf("%s opens as %q", name, got)
		}
	}
	if v.Hash("a") == v.Hash("b") || v.Hash("a") == other.Hash("a") {
		t.Error("a hash is not right")
	}
}

func TestWhatIsSealedForAPlaceIsOpenedThereAlone(t *testing.T) {
	v, _, _ := keyed(t)
	one := v.SealFor("members.family m_1", "张")
	if got, was := v.OpenFor("members.family m_1", one); got != "张" || !was || strings.Contains(one, "张") || !v.Newest(one) {
		t.Errorf("%q opens as %q", one, got)
	}
	for _, place := range []string{"members.family m_2", "members.given m_1", ""} {
		if got, was := v.OpenFor(place, one); was || got != one {
			t.Errorf("at %q it opens as %q", place, got)
		}
	}
	plain, search := v.Seal("张"), v.Search("张")
	for _, text := range []string{plain, search, "hk2." + plain[4:], "hk2." + search[4:], "hk1." + one[4:], "hk2.1.", "hk2.1.%%", "hk2.7.AAAA", "张", ""} {
		if got, was := v.OpenFor("members.family m_1", text); was || got != text {
			t.Errorf("%q opens as %q", text, got)
		}
		if got, was := v.Open("hk1." + one[4:]); was {
			t.Errorf("the binding is left out: %q", got)
		}
	}
	if none := new(vault.Vault); none.SealFor("x", "a") != "a" || v.SealFor("x", "") != "" {
		t.Error("without keys, or empty, it is not as it is")
	}
}

func TestWhatIsSealedForAPlaceIsOpenedUnderNewerKeys(t *testing.T) {
	v, master, keys := keyed(t)
	one := v.SealFor("members.family m_1", "张")
	next, err := vault.NewKey(t.Context(), master, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Load(t.Context(), master, append(keys, next)); err != nil {
		t.Fatal(err)
	}
	if got, was := v.OpenFor("members.family m_1", one); got != "张" || !was || v.Newest(one) {
		t.Errorf("under an older key: %q", got)
	}
}

func TestAVaultWithoutKeysPassesThrough(t *testing.T) {
	var v vault.Vault
	if v.Sealing() || v.Seal("a") != "a" || v.Search("a") != "a" || v.Current() != "" {
		t.Error("something is sealed")
	}
	if got, was := v.Open("hk1.1.abcd"); was || got != "hk1.1.abcd" {
		t.Error(got)
	}
}

func TestANewKeyIsTakenWhenATextNeedsIt(t *testing.T) {
	v, master, keys := keyed(t)
	old := v.Seal("old")
	next, err := vault.NewKey(t.Context(), master, 2)
	if err != nil {
		t.Fatal(err)
	}
	keys = append(keys, next)
	elsewhere := new(vault.Vault)
	if err := elsewhere.Load(t.Context(), master, keys); err != nil {
		t.Fatal(err)
	}
	fresh := elsewhere.Seal("fresh")
	asked := 0
	v.Reload = func() error {
		asked++
		return v.Load(t.Context(), master, keys)
	}
	for text, want := range map[string]string{fresh: "fresh", old: "old", v.Search("x"): "x", elsewhere.Search("y"): "y"} {
		if got, was := v.Open(text); got != want || !was {
			t.Errorf("opened %q, want %q", got, want)
		}
	}
	if asked != 1 || v.Current() != elsewhere.Current() || !strings.HasPrefix(v.SealFor("x", "y"), v.Current()) {
		t.Errorf("asked %d times, seals under %s", asked, v.Current())
	}
	for range 100 {
		v.Open("hk1.77.abcd")
	}
	if asked > 2 {
		t.Errorf("asked %d times for a key that nobody has", asked)
	}
}

func TestAnotherMasterOpensNothing(t *testing.T) {
	_, master, keys := keyed(t)
	if err := new(vault.Vault).Load(t.Context(), vault.GenerateMaster(), keys); !errors.Is(err, vault.ErrMaster) {
		t.Error(err)
	}
	if err := new(vault.Vault).Load(t.Context(), master, keys[:1]); err == nil {
		t.Error("half of the keys are taken for all")
	}
	if _, err := master.Unwrap(t.Context(), []byte("short")); !errors.Is(err, vault.ErrMaster) {
		t.Error(err)
	}
}

func TestMasterFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", vault.MasterFile)
	if _, _, err := vault.ReadMaster(path, false); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	m, made, err := vault.ReadMaster(path, true)
	if err != nil || !made {
		t.Fatal(made, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	again, made, err := vault.ReadMaster(path, true)
	if err != nil || made || again.ID() != m.ID() {
		t.Error(made, err)
	}
	if err := vault.GenerateMaster().Write(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	if text := fmt.Sprintf("%v %+v %s", m.ID(), m.ID(), m.ID()); strings.Contains(text, m.Secret()) {
		t.Error("the id tells the key")
	}
	if err := os.WriteFile(path, []byte("too short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := vault.ReadMaster(path, true); err == nil || strings.Contains(err.Error(), "too short") || !strings.Contains(err.Error(), "32 bytes") {
		t.Error(err)
	}
}

func TestAMasterThatTookTheOldOnesPlaceIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), vault.MasterFile)
	m, _, err := vault.ReadMaster(path, true)
	if err != nil {
		t.Fatal(err)
	}
	next := vault.GenerateMaster()
	wrapped, err := next.Wrap(t.Context(), []byte("a data key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Unwrap(t.Context(), wrapped); !errors.Is(err, vault.ErrMaster) {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := next.Write(path); err != nil {
		t.Fatal(err)
	}
	if key, err := m.Unwrap(t.Context(), wrapped); err != nil || string(key) != "a data key" || m.ID() != next.ID() {
		t.Errorf("%q, %v", key, err)
	}
}

func FuzzOpen(f *testing.F) {
	v, _, _ := keyed(f)
	f.Add(v.Seal("张丽"))
	f.Add(v.Search("+8613800001234"))
	f.Add("hk1.1.")
	f.Add("hk1.99999999999999999999.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		got, was := v.Open(text)
		if !was && got != text {
			t.Errorf("%q became %q", text, got)
		}
		if back, was := v.Open(v.Seal(text)); back != text || was == (text == "") {
			t.Errorf("%q came back as %q", text, back)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	v, _, _ := keyed(b)
	text := strings.Repeat("x", 200)
	b.ReportAllocs()
	for b.Loop() {
		_ = v.Seal(text)
	}
}

func BenchmarkOpen(b *testing.B) {
	v, _, _ := keyed(b)
	sealed := v.Seal(strings.Repeat("x", 200))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = v.Open(sealed)
	}
}

func BenchmarkSearch(b *testing.B) {
	v, _, _ := keyed(b)
	b.ReportAllocs()
	for b.Loop() {
		_ = v.Search("+8613800001234")
	}
}
