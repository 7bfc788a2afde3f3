package main

// evalCommand measures one part of huike at a time, without a call.
type evalCommand struct {
	ASR       evalASRCommand       `cmd:"" name:"asr" help:"Hold a recogniser to transcripts: word errors, cost and delays."`
	Dialogues evalDialoguesCommand `cmd:"" help:"Play golden dialogues, and print those that went another way."`
	FitShort  evalFitCommand       `cmd:"" name:"fit-short" help:"Fit the model that tells short answers, such as the ten digits, and try it on speakers that it was not fitted on."`
	Jitter    evalJitterCommand    `cmd:"" help:"Play packet-arrival traces through the jitter buffer in fake time."`
	VAD       evalVADCommand       `cmd:"" name:"vad" help:"Compare the voice detector with labelled recordings, beside plain Silero."`
	Turns     evalTurnsCommand     `cmd:"" help:"Play labelled callers to real sessions in fake time: response delays, cut-offs, barge-in."`
	NLU       evalNLUCommand       `cmd:"" name:"nlu" help:"Train the classifier of intents from labelled sentences, and measure it."`
	Predict   evalPredictCommand   `cmd:"" help:"Fit a model of purchases, and print its parameters."`
	Churn     evalChurnCommand     `cmd:"" help:"Foretell who is lost after a day, by what was known before it."`
	Recommend evalRecommendCommand `cmd:"" help:"Foretell members' last baskets, beside what is most popular."`
	DST       evalDSTCommand       `cmd:"" name:"dst" help:"Learn to read acts from labelled dialogues, and track states by them, as CrossWOZ measures it."`
	Identify  evalIdentifyCommand  `cmd:"" help:"Find recorded callers among members by postcode, name and birthday, as a recogniser heard them."`
	Tau       evalTauCommand       `cmd:"" help:"Replay tau-bench's retail tasks through the shop's operations, and compare refusals and database."`
	TTS       evalTTSCommand       `cmd:"" name:"tts" help:"Score how the voices sound by DNSMOS, and time their first sound and cost."`
	Speaker   evalSpeakerCommand   `cmd:"" help:"How well voices are told apart: equal error rate over pairs of the same and of other speakers; fits the model."`
}
