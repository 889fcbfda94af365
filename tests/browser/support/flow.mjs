/** What flows into a page, from its own statistics: how much of what it plays was made up because nothing had come. */

/** Runs in the page before its scripts: keeps its peer connections, for `concealed`. */
export function keepConnections() {
  const connections = [];
  const Connection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Connection {
    constructor(...options) {
      super(...options);
      connections.push(this);
    }
  };
  window.keptConnections = connections;
}

/**
 * Milliseconds of sound that a page concealed since it was loaded, of one stream: a stream whose sender leaves is concealed to its end.
 * Silence that nobody sent is not counted.
 * @param {import('puppeteer-core').Page} page
 * @param {number} at the stream's place among the other seats, in their order
 */
export function concealed(page, at = 0) {
  return page.evaluate(async (mid) => {
    let samples = 0;
    for (const connection of window.keptConnections) {
      if (connection.connectionState === 'closed') continue;
      for (const stat of (await connection.getStats()).values()) {
        if (stat.type === 'inbound-rtp' && stat.mid === mid)
          samples += (stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0);
      }
    }
    return Math.round(samples / 48);
  }, String(at));
}

/**
 * How long the last change of the epoch took, ms after the commit left the page that made it: until each page had the new key
 * (`installed_ms`), and until all of them sealed under it (`change_ms`). Of pages that were there before and stay.
 */
export async function changeOf(...pages) {
  const moments = await Promise.all(pages.map((page) => page.moments()));
  const made = Math.max(...moments.map(({ commit }) => commit ?? 0));
  const since = (name) => moments.map((moment) => Math.round(moment[name] - made));
  return { change_ms: Math.max(...since('keys-sealing')), installed_ms: since('keys-installed') };
}
