/** The harness itself: speech through a plain WebRTC connection, so that a failed journey is the product's failure. */
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { open } from './support/browsers.mjs';
import { hearEachOther } from './support/conversation.mjs';
import { until } from './support/processes.mjs';

const server = createServer((_, response) => {
  response.setHeader('content-type', 'text/html').end('<!doctype html><title>harness</title>');
});
before(() => new Promise((listening) => server.listen(0, '127.0.0.1', () => listening(undefined))));
after(() => server.close());

// One pair has both browsers in it.
for (const [caller, counsellor] of [['firefox', 'chromium']]) {
  test(`plain speech is heard well both ways between ${caller} and ${counsellor}`, async () => {
    const ends = [await open(caller, { name: 'caller' }), await open(counsellor, { name: 'counsellor' })];
    try {
      const [one, two] = await Promise.all(ends.map(plainPage));
      const offer = await one.evaluate('offer()');
      await one.evaluate(`accept(${await two.evaluate(`answer(${offer})`)})`);
      const connected = (page) => until('a connection', () => page.evaluate('peer.connectionState === "connected"'));
      await Promise.all([one, two].map(connected));
      await hearEachOther(`plain, ${caller} and ${counsellor}`, ends[0].person, ends[1].person);
    } finally {
      await Promise.all(ends.map((end) => end.close()));
    }
  });
}

async function plainPage({ browser }) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(async () => {
    // As the pages ask for it, so that scores can be compared.
    const processing = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: processing });
    const peer = new RTCPeerConnection();
    peer.addTrack(microphone.getAudioTracks()[0], microphone);
    peer.ontrack = ({ track }) => {
      const sound = new Audio();
      sound.srcObject = new MediaStream([track]);
      sound.play();
    };
    const described = async (description) => {
      await peer.setLocalDescription(description);
      while (peer.iceGatheringState !== 'complete') {
        await new Promise((changed) => peer.addEventListener('icegatheringstatechange', changed, { once: true }));
      }
      return JSON.stringify(peer.localDescription);
    };
    Object.assign(window, {
      peer,
      offer: async () => described(await peer.createOffer()),
      answer: async (offer) => {
        await peer.setRemoteDescription(offer);
        return described(await peer.createAnswer());
      },
      accept: (answer) => peer.setRemoteDescription(answer),
    });
  });
  return page;
}
