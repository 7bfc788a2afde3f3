// A page that calls with Pipecat's own client, for a test that drives it: window.rtvi
// is the client, and window.rtviLog everything that it was told, in order.
import { PipecatClient, RTVIEvent } from "@pipecat-ai/client-js";
import { SmallWebRTCTransport, WavMediaManager } from "@pipecat-ai/small-webrtc-transport";

const log = [];
const note = (event, data) => log.push({ event, data: data ?? null, at: performance.now() });

// place makes a client and calls. The options are connect's: a start endpoint, or
// the endpoint of the offer itself, and headers.
async function place({ start, offer, token, data, media = "wav" }) {
  const headers = token ? new Headers({ Authorization: `Bearer ${token}` }) : undefined;
  const client = new PipecatClient({
    // The other media manager of the SDK's fetches its code from a server of Daily's.
    transport: new SmallWebRTCTransport({ mediaManager: new WavMediaManager() }),
    enableMic: true,
    enableCam: false,
    callbacks: {
      onTrackStarted: (track, participant) => {
        if (participant?.local || track.kind !== "audio") return;
        document.querySelector("#bot").srcObject = new MediaStream([track]);
      },
    },
  });
  for (const event of Object.values(RTVIEvent)) {
    if (/AudioLevel|Updated|Track/i.test(event)) continue;
    client.on(event, (data) => note(event, plain(data)));
  }
  window.rtvi = client;
  const ready = start
    ? await client.startBotAndConnect({ endpoint: start, headers, requestData: { transport: "webrtc", body: data } })
    : await client.connect({ webrtcRequestParams: { endpoint: offer, headers, requestData: data } });
  note("ready", ready);
  return ready;
}

// plain is what of a callback's argument can be told to the test.
function plain(data) {
  try {
    return JSON.parse(JSON.stringify(data ?? null));
  } catch {
    return String(data);
  }
}

window.rtviLog = log;
window.place = place;
