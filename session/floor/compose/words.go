package compose

// words are what callers say in one part of the compositions.
type words struct {
	voices, others                    []string // flite's
	requests, paused, interruptions   []string
	backchannels, hesitations, asides []string
	leads                             []lead
}

// lead comes before a number of so many digits.
type lead struct {
	text   string
	digits int
}

func develop() words {
	return words{
		voices: []string{"slt", "kal16"}, others: []string{"kal16", "slt"},
		requests: []string{
			"What are your opening hours?", "Where is my order?", "How many points do I have?", "Hello?",
			"I'd like to know where my order is.", "Do you have the blue kettle in stock?", "Could you call me back tomorrow?",
			"Yes, please.", "No, thank you.", "On Friday afternoon.", "The red one.", "I want to return a jacket.",
		},
		paused: []string{
			"I would like to know, when my order will arrive.", "I'm calling because, the parcel that came is for my neighbour.",
			"Can you tell me, if the store in the city is open on Sunday?", "I bought a kettle last week and, I would like another one.",
			"My name is, Peter Miller.", "I want to return, the jacket that I bought.", "Well, what I really need is, a new invoice.",
			"The number on the card is, somewhere on the back.", "I need the points of, the last two months.",
		},
		interruptions: []string{
			"Wait, I have another question.", "No, that is not what I asked.", "Stop, I want to talk to a person.",
			"Sorry, can I ask about my points instead?", "Hold on, that's the wrong order.",
		},
		backchannels: []string{"okay", "uh-huh", "yeah", "mm-hm", "right", "I see", "sure"},
		hesitations:  []string{"um", "uh", "hmm"},
		asides: []string{
			"Honey, can you turn the television down?", "No, I'm on the phone.", "Just put it on the table.",
			"Be quiet please, I'm on a call.", "Can you get the door?", "One second, sweetie.",
		},
		leads: []lead{{"My order number is", 5}, {"My phone number is", 11}, {"It's", 5}, {"The number is", 6}},
	}
}

func heldOut() words {
	return words{
		voices: []string{"rms", "awb"}, others: []string{"awb", "rms"},
		requests: []string{
			"When do you close today?", "Has my parcel been sent?", "What can I buy with my points?", "Good morning.",
			"I have a question about my points.", "Is the green lamp available?", "I'd like somebody to ring me tonight.",
			"That's right.", "Not really.", "Next Tuesday.", "A large one.", "I want to send back a pair of shoes.",
		},
		paused: []string{
			"I was wondering, whether you could check an order for me.", "The thing is that, the box came on a Monday.",
			"Could you find out, which of your shops has this lamp?", "We ordered two chairs but, we need three of them.",
			"My last name is, Henderson.", "I'd like to exchange, the shoes from Monday.", "So the problem with it is, the colour of the cable.",
			"The address that you have for me is, no longer right.", "I'm looking for, a birthday present for my mother.",
		},
		interruptions: []string{
			"Excuse me, that's wrong.", "Actually, let me ask something else.", "Please connect me to somebody.",
			"I don't need that, tell me about the delivery.", "One moment, I said the other shop.",
		},
		backchannels: []string{"okay", "uh-huh", "yep", "mm-hmm", "all right", "got it", "I see"},
		hesitations:  []string{"um", "er", "hmm"},
		asides: []string{
			"Mom, where are my keys?", "I'm talking to someone, wait outside.", "Please close the window.",
			"Not now, I'm on a call.", "Put the dog out, will you?", "I'll be there in a minute, darling.",
		},
		leads: []lead{{"The order is", 5}, {"You can reach me at", 11}, {"That would be", 5}, {"My member number is", 6}},
	}
}
