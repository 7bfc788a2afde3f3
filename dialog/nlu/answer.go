package nlu

import "huike/dialog/pattern"

// correction is what Chinese callers put right with. English cues: [cue].
var correction = pattern.MustCompile(`不对|错了|搞错|说错|应该是|我是说|我的意思是|改成|换成|更正|不是.+是|^不是|^不[,，]?是`)

// The ways to say yes and no at the start of an answer. They stand in code, not
// in the shop's data, because writes depend on them.
var (
	yesEN = pattern.MustCompile(`^(oh |um |uh |well |and )?(yes|yeah|yep|yup|sure|correct|right|exactly|okay|ok|of course|certainly|absolutely|definitely|fine|perfect|go ahead|please do|do it|agreed|i agree|i accept|i consent|that is (right|correct|fine|it|good)|it is|i do|i would|sounds (good|right)|that works|confirm|confirmed|why not|yes please)\b`)
	noEN  = pattern.MustCompile(`^(?:(?:oh|um|uh|hm|hmm|er|erm|ah|well|and|so|but) )*(no|nope|nah|never|wrong|incorrect|do not|i do not|not (now|really|today|yet|at all|right|correct|that)|that is (not|wrong)|it is not|negative|i disagree|i decline|forget it|never mind|no thanks|rather not|i would rather not)\b`)
	weak  = pattern.MustCompile(`^(mm|mhm|mm hm|mm hmm|hmm|uh huh|uhhuh|hm|aha|嗯+|哦+|唔|嗯哼)( |$)`)
	yesZH = pattern.MustCompile(`^(嗯+|哦|啊|呃|那)?(是的|是啊|是呀|对的|对啊|对呀|对对|好的|好啊|好呀|好吧|可以|行的|行啊|没错|没问题|确认|确定|正确|要的|需要|当然|就这样|就这么办|我同意|我愿意|我确认|可以的|麻烦你|麻烦您|请办|办吧|同意|愿意|想的|有的|是|对|好|行|要|成|中)`)
	noZH  = pattern.MustCompile(`^(?:嗯+|哦|啊|呃|额|唔|那)*(不用|不要|不是|不对|不行|不可以|不需要|不必|不了|不想|不确认|不同意|我不同意|我不愿意|没有|没了|别|算了|错了|不|否)`)
	notA  = pattern.MustCompile(`^(嗯+|哦|啊|呃|那)?(是不是|对不对|好不好|可不可以|要不要|行不行|能不能|不好意思|对不起|对了|好像|不知道|不清楚|不错|要是|是否|行李|对于|好久|中间|成都|要多久|是什么|是谁|是哪|要什么|好用|好看|好吃|是我|是这样|不合适|不合脚|不喜欢|不舒服|不满意|不懂|不太明白|不够|不见了|不小心|不管|不好看|不好用|不好穿|不止|不一样)`)
)

// answer returns what an utterance says to a yes-no question: "yes", "no",
// "weak" (mm-hm) or nothing. Where none was asked, only a short utterance is an
// answer, so that "no I want my points" is a wish.
func answer(plain string, expect Expect) string {
	if expect.Kind != "yesno" && len(split(plain)) > 6 {
		return ""
	}
	switch {
	case notA.MatchString(plain), both.MatchString(plain):
		return ""
	case noEN.MatchString(plain), noZH.MatchString(plain):
		return "no"
	case doubtful.MatchString(harmless.ReplaceAllString(plain, "")):
		return ""
	case yesEN.MatchString(plain), yesZH.MatchString(plain):
		return "yes"
	case weak.MatchString(plain):
		return "weak"
	}
	return ""
}

// doubtful is a yes that takes itself back, sets a condition or guesses: not explicit.
// What only sounds like that is harmless.
var (
	doubtful = pattern.MustCompile(`\b(but|if|unless|maybe|perhaps|except|not|no|nah|nope|never|wait|what|how|hold on|i guess|i suppose|sort of|kind of|i think)\b|但是|不过|如果|要是|除非|可能|等等|等一下|吗|什么|怎么|不对|不是|不行|不要|不用|好像|大概|也许|算了`)
	harmless = pattern.MustCompile(`\b(?:no problem|no worries|do not worry|why not|not at all|no doubt)\b|不用(?:改|谢|客气)|不是问题`)
	both     = pattern.MustCompile(`^(?:oh |um |uh |well )*(?:no|nope|nah) (?:yes|yeah|yep|yup|sure|ok|okay)\b|^(?:不|不是|不对)(?:对对|是的|好的)`)
)
