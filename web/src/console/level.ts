/** How loud the microphone is, for the test before a shift. Nothing is kept, nothing is sent. */

/** Follows a stream's level until the returned function is called. `level` is 0 (silent) to 1, some 25 times a second. */
export function watchLevel(stream: MediaStream, onLevel: (level: number) => void): () => void {
  const context = new AudioContext();
  const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(levelOf(samples));
  }, 40);
  void context.resume().catch(() => undefined);
  return () => {
    clearInterval(timer);
    source.disconnect();
    void context.close().catch(() => undefined);
  };
}

/** Speech at a usual distance is near the middle: -60 dBFS is 0, -10 dBFS is 1. */
export function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
