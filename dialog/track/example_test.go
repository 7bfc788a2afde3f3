package track_test

import (
	"fmt"

	"huike/dialog/track"
)

func Example() {
	inform := func(slot, value string) track.Act { return track.Act{"Inform", "酒店", slot, value} }
	request := func(slot string) track.Act { return track.Act{"Request", "酒店", slot, ""} }
	examples := [][]track.Turn{{
		{User: true, Text: "帮我找一家经济型的酒店", Acts: []track.Act{inform("酒店类型", "经济型"), request("名称")}},
		{Text: "推荐您去如家酒店", Acts: []track.Act{inform("名称", "如家酒店")}},
		{User: true, Text: "它的电话是多少", Acts: []track.Act{request("电话")}},
	}, {
		{User: true, Text: "请推荐一家豪华型的酒店", Acts: []track.Act{inform("酒店类型", "豪华型"), request("名称")}},
		{Text: "推荐您去北京饭店", Acts: []track.Act{inform("名称", "北京饭店")}},
		{User: true, Text: "电话是多少呢", Acts: []track.Act{request("电话")}},
	}}
	catalogue := track.NewLexicon()
	catalogue.Add("酒店", "酒店类型", "舒适型") // no example has it
	tagger := track.Train(examples, catalogue, nil)

	tracker := track.NewTracker(track.Schema{Name: "名称", Near: "周边", Slots: []string{"名称", "酒店类型"}})
	conversation := tagger.Begin()
	for _, text := range []string{"帮我找一家舒适型的酒店", "不，经济型的酒店"} {
		acts := conversation.Read(true, text)
		fmt.Println(tracker.User(acts, text))
	}
	// Output:
	// map[酒店:map[酒店类型:舒适型]]
	// map[酒店:map[酒店类型:经济型]]
}
