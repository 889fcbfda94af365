/**
 * Plays the far end's audio through an element. After a reload without a gesture a browser may refuse; then the page shows a
 * button whose click calls this again.
 */
export async function playThrough(element: HTMLMediaElement, stream: MediaStream): Promise<'playing' | 'blocked'> {
  if (element.srcObject !== stream) element.srcObject = stream;
  try {
    await element.play();
    return 'playing';
  } catch (failure) {
    // AbortError: another load or pause came in between, which is no refusal.
    return failure instanceof DOMException && failure.name === 'NotAllowedError' ? 'blocked' : 'playing';
  }
}
