// The microphone, and how loud a stream is.

import { CallError } from "./whip";

const wanted: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

/** microphone asks for the microphone. It throws a CallError that names what is in the way. */
export async function microphone(): Promise<MediaStream> {
  if (!window.isSecureContext || navigator.mediaDevices === undefined) {
    throw new CallError({ code: "microphone-insecure" });
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: wanted, video: false });
  } catch (error) {
    throw new CallError({ code: refusal(error instanceof DOMException ? error.name : "") });
  }
}

function refusal(name: string): "microphone-refused" | "microphone-missing" | "microphone-busy" {
  switch (name) {
    case "NotFoundError":
    case "OverconstrainedError":
      return "microphone-missing";
    case "NotReadableError":
    case "AbortError":
      return "microphone-busy";
    default:
      return "microphone-refused";
  }
}

/** silence returns a stream without sound, for a caller who types instead. */
export function silence(context: AudioContext): MediaStream {
  return context.createMediaStreamDestination().stream;
}

/** Meter tells how loud a stream is. */
export class Meter {
  private readonly analyser: AnalyserNode;
  private readonly source: MediaStreamAudioSourceNode;
  private readonly samples: Float32Array<ArrayBuffer>;

  constructor(context: AudioContext, stream: MediaStream) {
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024; // 21 ms at 48 kHz
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source = context.createMediaStreamSource(stream);
    this.source.connect(this.analyser);
  }

  /** level returns the loudness now: 0 at -60 dBFS and below, 1 at full scale. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.samples);
    let sum = 0;
    for (const sample of this.samples) sum += sample * sample;

    return scale(Math.sqrt(sum / this.samples.length));
  }

  close(): void {
    this.source.disconnect();
  }
}

/** scale puts a root mean square on a meter from 0 to 1, as decibels go. */
export function scale(rms: number): number {
  if (rms <= 0.001) return 0;

  return Math.min(1, 1 + (20 * Math.log10(rms)) / 60);
}
