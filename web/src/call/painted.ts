/**
 * When what was shown is on the screen: after the frame in which it was drawn. Nobody waits for a page that is hidden, and in no case
 * longer than `LATEST_MS`, because a browser draws no frame for a window that is covered.
 */
const LATEST_MS = 100;

export function painted(): Promise<void> {
  if (document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    const latest = setTimeout(resolve, LATEST_MS);
    // The first call comes before a frame is drawn, the second after it.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        clearTimeout(latest);
        resolve();
      }),
    );
  });
}
