/** The browser's signs that the network may be back or another one: online, page shown, connection type changed. */
export function onWake(wake: () => void): () => void {
  const shown = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const network = (navigator as Navigator & { connection?: EventTarget }).connection;
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', shown);
  network?.addEventListener('change', wake);
  return () => {
    removeEventListener('online', wake);
    document.removeEventListener('visibilitychange', shown);
    network?.removeEventListener('change', wake);
  };
}
