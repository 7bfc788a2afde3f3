package main

// evalCommand measures one part of huike at a time, without a call.
type evalCommand struct {
	Dialogues evalDialoguesCommand `cmd:"" help:"Play golden dialogues, and print those that went another way."`
	Jitter    evalJitterCommand    `cmd:"" help:"Play packet-arrival traces through the jitter buffer in fake time."`
	VAD       evalVADCommand       `cmd:"" name:"vad" help:"Compare the voice detector with labelled recordings, beside plain Silero."`
	Predict   evalPredictCommand   `cmd:"" help:"Fit a model of purchases, and print its parameters."`
	Churn     evalChurnCommand     `cmd:"" help:"Foretell who is lost after a day, by what was known before it."`
	Recommend evalRecommendCommand `cmd:"" help:"Foretell members' last baskets, beside what is most popular."`
	Tau       evalTauCommand       `cmd:"" help:"Replay tau-bench's retail tasks through the shop's operations, and compare refusals and database."`
}
