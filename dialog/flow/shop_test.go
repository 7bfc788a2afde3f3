package flow

import (
	"testing"

	"huike/dialog"
	"huike/dialog/wording"
)

func load(tb testing.TB) *Definition {
	tb.Helper()
	def, err := Load(Shop, "shop")
	if err != nil {
		tb.Fatal(err)
	}
	return def
}

func TestEveryActOfTheShopHasWordsInBothLanguages(t *testing.T) {
	def := load(t)
	w, err := wording.Open(Shop, "shop/wording.yaml")
	if err != nil {
		t.Fatal(err)
	}
	acts := def.Acts()
	if err := w.Check(acts, dialog.Chinese, dialog.English); err != nil {
		t.Error(err)
	}
	for _, name := range w.Acts() {
		if _, ok := acts[name]; !ok {
			t.Errorf("act %q has words and no flow says it", name)
		}
	}
}
