/** Whether this browser can do a call at all. There is no unencrypted mode: where one of these lacks, the page says so. */
export function canEncrypt(scope: typeof globalThis = globalThis): boolean {
  const peer = scope.RTCPeerConnection as typeof RTCPeerConnection | undefined;
  if (!peer || !scope.isSecureContext || !scope.crypto?.subtle || !scope.Worker) return false;
  const sender = scope.RTCRtpSender?.prototype as { createEncodedStreams?: unknown; transform?: unknown } | undefined;
  const script = 'RTCRtpScriptTransform' in scope && sender !== undefined && 'transform' in sender;
  return script || sender?.createEncodedStreams !== undefined;
}
