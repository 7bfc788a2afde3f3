#!/bin/sh
# Makes the caller.wav of each recorded call: 8 kHz, mono, mu-law, the same bytes
# each time (flite, espeak-ng and sox of one version given). README.md says where
# each sound is from. A call whose sources are not on this machine keeps the
# caller.wav that it has.
#
#   testdata/calls/make.sh [NAME...]     make these calls, or all
#
# It needs flite, espeak-ng and sox; asterisk-core-sounds-en-wav in
# /usr/share/asterisk/sounds for real prompts; ../shared/data/speech (or SPEECH)
# for real callers, digits and noise. After a change of the sound:
#
#   bin/huike replay --record testdata/calls/NAME
#
# records what the recogniser hears, which is then read and committed.
#
# The times are chosen so that the caller speaks about a second after the agent
# has finished, unless the call is about something else.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${CALLS:-$here}
speech=${SPEECH:-$here/../../../shared/data/speech}
prompts=${PROMPTS:-/usr/share/asterisk/sounds/en}
wanted=" $* "
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT

# call NAME: what follows, until `end`, makes this call.
call() {
	name=$1 parts='' n=0 missing=''
	case $wanted in
	"  " | *" $1 "*) made=yes ;;
	*) made=no ;;
	esac
}

# put AT GAIN FILE [EFFECT...]: FILE sounds at AT seconds, its peak at GAIN dB.
put() {
	at=$1 gain=$2 file=$3
	shift 3
	n=$((n + 1))
	sox -D "$file" -r 8000 -c 1 -b 16 "$room/cut$n.wav" "$@"
	sox -D "$room/cut$n.wav" "$room/part$n.wav" gain -n "$gain" pad "$at" 0
	parts="$parts -v 1 $room/part$n.wav"
}

# say AT VOICE SPEED WORDS: a synthetic caller. flite's voices are kal16, awb, rms
# and slt; any other is espeak-ng's. SPEED 1 is the voice's own.
say() {
	[ $made = yes ] || return 0
	case $2 in
	kal16 | awb | rms | slt)
		flite -voice "$2" --setf duration_stretch="$(echo "scale=3; 1/$3" | bc)" -t "$4" -o "$room/say.wav" ;;
	*)
		espeak-ng -v "$2" -s "$(echo "$3*165/1" | bc)" -w "$room/say.wav" "$4" ;;
	esac
	put "$1" -5 "$room/say.wav" sinc 200-3700
}

# real AT FILE [START LENGTH]: somebody's real voice out of the collections.
real() {
	[ $made = yes ] || return 0
	if [ ! -e "$2" ]; then
		missing="$missing $2"
	elif [ $# -gt 2 ]; then
		put "$1" -5 "$2" trim "$3" "$4" fade 0.02 0 0.02
	else
		put "$1" -5 "$2"
	fi
}

# digits AT SPEAKER TAKE DIGIT...: a real person says digits, one by one.
digits() {
	[ $made = yes ] || return 0
	at0=$1 who=$2 take=$3 files=''
	shift 3
	for d in "$@"; do
		file=$speech/digits/${d}_${who}_$take.wav
		for file in "$file" "$speech/digits/${d}_${who}_"*.wav; do
			[ ! -e "$file" ] || break
		done
		if [ ! -e "$file" ]; then
			missing="$missing $file"
			return 0
		fi
		n=$((n + 1))
		sox -D "$file" -r 8000 -c 1 "$room/digit$n.wav" gain -n -5 pad 0.02 0.06
		files="$files $room/digit$n.wav"
	done
	# shellcheck disable=SC2086 # a list of files
	sox -D $files "$room/digits.wav"
	put "$at0" -5 "$room/digits.wav"
}

# cough AT SEED: two bursts of breath noise with a low body, as a cough has.
cough() {
	[ $made = yes ] || return 0
	sox -R -D -r 8000 -n "$room/burst.wav" synth 4 pinknoise trim "0.$2" 0.16 fade l 0.008 0.16 0.11 lowpass 1400 bass 8
	sox -D "$room/burst.wav" "$room/burst.wav" "$room/cough.wav" pad 0 0.05
	put "$1" -8 "$room/cough.wav"
}

# hum AT: "mm-hm", the voice's two hums without any word.
hum() {
	[ $made = yes ] || return 0
	sox -R -D -r 8000 -n "$room/hum1.wav" synth 0.16 sawtooth 118-126 lowpass -2 420 fade 0.03 0.16 0.04
	sox -R -D -r 8000 -n "$room/hum2.wav" synth 0.24 sawtooth 128-112 lowpass -2 420 fade 0.03 0.24 0.08
	sox -D "$room/hum1.wav" "$room/hum2.wav" "$room/hum.wav" pad 0 0.05
	put "$1" -9 "$room/hum.wav"
}

# noise SECONDS DB FILE: a real place's noise below it all, for that long.
noise() {
	[ $made = yes ] || return 0
	if [ ! -e "$3" ]; then
		missing="$missing $3"
		return 0
	fi
	sox -D "$3" -r 8000 -c 1 -b 16 "$room/place.wav" repeat 20 trim 0 "$1"
	put 0 "$2" "$room/place.wav"
}

# hiss SECONDS DB SEED: a line's own noise, made.
hiss() {
	[ $made = yes ] || return 0
	sox -R -D -r 8000 -n -b 16 "$room/line.wav" synth 120 pinknoise trim "$3" "$1"
	put 0 "$2" "$room/line.wav"
}

# end SECONDS: writes the call's caller.wav, SECONDS long.
end() {
	[ $made = yes ] || return 0
	if [ -n "$missing" ]; then
		echo "$name keeps its caller.wav; absent here:$missing" >&2
		return 0
	fi
	mkdir -p "$out/$name"
	sox -D -R -n -r 8000 -c 1 -b 16 "$room/base.wav" trim 0 "$1"
	# shellcheck disable=SC2086 # a list of files
	sox -D -m -v 1 "$room/base.wav" -v 1 "$room/base.wav" $parts -e mu-law -b 8 "$out/$name/caller.wav" trim 0 "$1"
}

calls=$speech/calls_en/Auto_Repairs_40_UTC_caller.wav
office=$speech/noise/noise1.wav

call synthetic_order_latest
say 8.4 slt 1 "Where is my order?"
say 19.0 slt 1 "No, that is all. Goodbye."
end 21.1

call synthetic_order_spoken_number
hiss 19.5 -38 3
say 8.2 rms 1 "What is the status of order one, zero, zero, one, two?"
say 17.8 rms 1.1 "Thank you, goodbye."
end 19.5

call real_digits_order_number
say 8.3 kal16 1 "Where is my order?"
say 18.2 kal16 1 "That is the wrong order."
digits 25.3 jackson 4 1 0 0 0 8
real 33.6 $prompts/goodbye.wav
end 34.7

call synthetic_order_by_keys
say 8.2 awb 1 "Where is my order?"
say 18.7 awb 1 "This is the wrong order."
end 28.1

call real_noise_menu_by_keys
noise 23.3 -30 $office
end 23.3

call synthetic_points
noise 16.6 -30 $office
say 8.2 awb 1 "How many points do I have?"
real 15.5 $prompts/goodbye.wav
end 16.6

call synthetic_unknown_caller
say 4.1 rms 1 "How many points do I have?"
say 15.1 rms 1 "No, thank you."
say 19.3 rms 1 "Goodbye."
end 20.4

call synthetic_no_consent
say 4.1 slt 1.15 "Where is my order?"
say 17.7 slt 1.15 "Yes, please."
say 31.8 slt 1.15 "No, thanks."
end 32.9

call synthetic_stock_nearby
say 4.1 rms 1 "Do you have any running shoes?"
say 16.8 rms 1 "And what about the tent?"
end 18.7

call synthetic_opening_hours
hiss 25.8 -34 7
say 4.1 en-gb 1 "What are your opening hours?"
say 24.0 en-gb 1 "Thank you. Bye bye."
end 25.8

call real_hello_hours_goodbye
real 4.1 $prompts/hello.wav
real 8.1 $prompts/hours.wav
real 27.8 $prompts/goodbye.wav
end 28.9

call synthetic_complaint
say 8.2 rms 1 "This is unacceptable. My boots broke after two weeks."
say 25.1 rms 1 "No."
say 29.8 rms 1 "Goodbye."
end 30.9

call synthetic_a_person_please
say 8.3 en-us 0.95 "Can I speak to a person, please?"
say 23.5 en-us 0.95 "Yes, please."
say 31.7 en-us 0.95 "Yes."
end 32.4

call real_noise_key_zero
noise 15.7 -30 $office
end 15.7

call real_digits_three_failures
say 1.8 slt 1 "Where is my order?"
say 6.3 slt 1 "That is the wrong order."
digits 13.6 theo 5 7 3 1 9 2
digits 22.6 theo 5 4 7 1 3 9
end 24.7

call real_noise_silent_caller
noise 12.0 -36 $office
end 12.0

call real_call_centre_talk
real 1.0 "$calls" 127.1 4.9
real 8.6 "$calls" 26.6 4.6
real 15.3 "$calls" 37.4 5.5
real 33.1 "$calls" 235.2 2.7
end 36.1

call synthetic_barge_in
say 1.5 slt 1 "What are your opening hours?"
say 6.0 slt 1 "How many points do I have?"
end 8.2

call real_backchannel_and_cough
say 1.5 rms 1 "What are your opening hours?"
cough 5.5 4
hum 7.9 
real 10.2 "$calls" 166.6 0.6
end 10.9

call synthetic_correction
say 1.5 slt 1 "Please call me back tomorrow afternoon."
say 11.1 slt 1 "No, on Friday morning."
say 20.4 slt 1 "Yes, that is right."
say 26.0 slt 1 "Goodbye."
end 27.0

call synthetic_call_back
say 1.0 awb 1 "Can somebody call me back, please?"
say 12.4 awb 1 "As soon as possible."
say 23.4 awb 1 "Yes."
say 28.3 awb 1 "Bye."
end 29.1

call real_prompts_heard_whole
real 3.9 $prompts/privacy-unident.wav
real 11.3 $prompts/ss-noservice.wav
end 16.4

call synthetic_loss
say 8.2 slt 0.95 "How many points do I have?"
say 15.8 slt 0.95 "Where is my order?"
end 17.4

call synthetic_jitter
say 8.2 rms 1 "How many points do I have?"
say 15.7 rms 1 "Where is my order?"
end 17.2

call synthetic_gap
say 8.4 slt 1 "What are your opening hours?"
say 29.6 slt 1 "Where is my order?"
end 31.2

call synthetic_zh_order_and_points
say 6.5 cmn 1.2 "我的订单到哪了"
say 22.1 cmn 1.2 "我还有多少积分"
say 33.4 cmn 1.2 "没有了"
end 34.7

call synthetic_zh_stock_and_hours
say 8.8 cmn+f3 1 "附近的店有跑鞋吗"
say 29.0 cmn+f3 0.9 "浦东店几点关门"
end 32.8

call synthetic_zh_complaint
say 1.0 cmn 1.3 "你们的服务太差了我要投诉"
say 20.1 cmn 1 "要的"
say 24.0 cmn 1.3 "店员态度很不好"
say 36.8 cmn 1 "对的"
end 38.0

call synthetic_zh_call_back
say 2.5 cmn 1.3 "明天下午给我回电话"
say 15.8 cmn 1.3 "不对，改成后天上午"
say 28.7 cmn 1 "对的"
end 29.9

call synthetic_zh_person_and_barge_in
say 8.8 cmn 1 "你们几点开门"
say 14.4 cmn 1 "我要找人工客服"
say 32.6 cmn 1 "不用了"
end 33.9
