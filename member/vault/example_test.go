package vault_test

import (
	"context"
	"fmt"
	"strings"

	"huike/member/vault"
)

func Example() {
	ctx := context.Background()
	master := vault.GenerateMaster()          // kept apart from the data
	search, _ := vault.NewKey(ctx, master, 0) // kept beside the data, wrapped
	first, _ := vault.NewKey(ctx, master, 1)  // likewise
	v := new(vault.Vault)
	if err := v.Load(ctx, master, []vault.Key{search, first}); err != nil {
		fmt.Println(err)
	}
	name, phone := v.Seal("张丽"), v.Search("+8613800001234")
	fmt.Println(strings.HasPrefix(name, "hk1.1."), phone == v.Search("+8613800001234"))
	plain, _ := v.Open(name)
	fmt.Println(plain)
	// Output:
	// true true
	// 张丽
}
