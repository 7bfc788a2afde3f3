package nlu

import "huike/dialog/pattern"

var (
	stayEN = pattern.MustCompile(`\b(?:do not|no need to|rather not|would not|will not) (?:want to |need to |like to |have to )?(?:talk|speak|connect me|transfer me|put me through|be transferred|be connected|hold|wait)(?: (?:to|with|for))?(?: an?)?(?: (?:person|human|agent|anyone|anybody|someone|somebody|people))?\b`)
	stayZH = pattern.MustCompile(`(?:不要|不用|不想|别|不需要|先不|不必)(?:再|给我|帮我)*(?:转|找|接|叫|等)(?:一个|个|什么)?(?:人工|客服|人)`)
)

// RefusesPerson says whether text says that no person is wanted: "I don't want to talk
// to anyone", 不用转人工.
func RefusesPerson(text string) bool {
	plain := join(split(text))
	return stayEN.MatchString(plain) || stayZH.MatchString(plain)
}

var (
	asksEN = pattern.MustCompile(`\b(?:what|which|who|whose|when|where|why|how)\b|^(?:is|are|was|do|does|did|can|could|will|would|may)\b`)
	asksZH = pattern.MustCompile(`吗|呢$|什么|啥|哪|谁|多少|多久|多长|几|怎么|怎样|为何|能不能|可不可以|是不是|有没有`)
)

// Asks says whether text is a question by its words.
func Asks(text string) bool {
	plain := join(split(text))
	return asksEN.MatchString(plain) || asksZH.MatchString(plain)
}
