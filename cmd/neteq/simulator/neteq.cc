// NetEq itself, as libwebrtc has it (Debian's libtgowt-dev, a libwebrtc of the
// beginning of 2023), in simulated time: no machine is too busy for it, and the same
// packets give the same figures each time.
//
// Reads packets in the order of their arrival, a line each: milliseconds of arrival,
// RTP sequence number, RTP timestamp, Opus payload in hexadecimal digits. The only
// argument is how many milliseconds from the first arrival on are not counted.
//
// Writes a line for each of four places of the listener's clock between the packets:
// the mean milliseconds from a packet's arrival to its decoding, and the percent of
// what was played that was made up, both as the WebRTC statistics count them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "api/audio/audio_frame.h"
#include "api/audio_codecs/audio_decoder_factory_template.h"
#include "api/audio_codecs/opus/audio_decoder_opus.h"
#include "api/neteq/neteq.h"
#include "api/rtp_headers.h"
#include "modules/audio_coding/neteq/default_neteq_factory.h"
#include "rtc_base/logging.h"
#include "system_wrappers/include/clock.h"

namespace {

struct Packet {
  double at;  // ms since the first
  uint16_t sequence;
  uint32_t timestamp;
  std::vector<uint8_t> payload;
};

std::vector<Packet> Read(std::istream& in) {
  std::vector<Packet> packets;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    Packet p;
    std::string hex;
    if (!(words >> p.at >> p.sequence >> p.timestamp >> hex)) {
      std::cerr << "line " << packets.size() + 1 << ": want ms, sequence, timestamp, payload\n";
      std::exit(2);
    }
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
      p.payload.push_back(static_cast<uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    packets.push_back(p);
  }
  if (packets.empty()) std::exit(2);
  const double first = packets.front().at;
  for (Packet& p : packets) p.at -= first;
  return packets;
}

// Play has a listener take 10 ms each 10 ms, the first after the given delay.
void Play(const std::vector<Packet>& packets, double warmup, double delay) {
  webrtc::SimulatedClock clock(1000000000);
  webrtc::NetEq::Config config;  // as Chromium's audio receiver has it
  config.sample_rate_hz = 48000;
  config.enable_muted_state = true;
  auto neteq = webrtc::DefaultNetEqFactory().CreateNetEq(
      config, webrtc::CreateAudioDecoderFactory<webrtc::AudioDecoderOpus>(), &clock);
  constexpr int kOpus = 111;
  neteq->RegisterPayloadType(kOpus, webrtc::SdpAudioFormat("opus", 48000, 2, {{"minptime", "10"}, {"useinbandfec", "1"}}));
  double now = 0;
  auto advance = [&](double to) {
    clock.AdvanceTimeMicroseconds(static_cast<int64_t>((to - now) * 1000));
    now = to;
  };
  webrtc::NetEqLifetimeStatistics before;
  bool counting = false;
  double next = delay;
  for (const Packet& p : packets) {
    for (; next < p.at; next += 10) {
      advance(next);
      webrtc::AudioFrame frame;
      bool muted;
      neteq->GetAudio(&frame, &muted);
    }
    advance(p.at);
    if (!counting && p.at >= warmup) {
      counting = true;
      before = neteq->GetLifetimeStatistics();
    }
    webrtc::RTPHeader header;
    header.payloadType = kOpus;
    header.sequenceNumber = p.sequence;
    header.timestamp = p.timestamp;
    header.ssrc = 1;
    neteq->InsertPacket(header, p.payload);
  }
  const auto after = neteq->GetLifetimeStatistics();
  std::printf("%.3f %.4f\n",
              double(after.jitter_buffer_delay_ms - before.jitter_buffer_delay_ms) /
                  double(after.jitter_buffer_emitted_count - before.jitter_buffer_emitted_count),
              100.0 * double(after.concealed_samples - before.concealed_samples) /
                  double(after.total_samples_received - before.total_samples_received));
}

}  // namespace

int main(int argc, char** argv) {
  rtc::LogMessage::LogToDebug(rtc::LS_NONE);
  const auto packets = Read(std::cin);
  const double warmup = argc > 1 ? std::atof(argv[1]) : 0;
  for (double delay : {1.25, 3.75, 6.25, 8.75}) Play(packets, warmup, delay);
}
