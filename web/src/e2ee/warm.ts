/**
 * Runs everything a call needs once on throw-away keys, so that the browser has compiled it before a person waits: the first use
 * costs several times the later ones.
 */

import { defaultClientConfig } from 'ts-mls/clientConfig.js';
import { createGroup, joinGroup } from 'ts-mls/clientState.js';
import { generateKeyPackage } from 'ts-mls/keyPackage.js';
import { decodeMlsMessage } from 'ts-mls/message.js';
import { processPrivateMessage } from 'ts-mls/processMessages.js';
import { emptyPskIndex } from 'ts-mls/pskIndex.js';
import { makeCommit } from './commit';
import { SUITE, suite } from './suite';

/** The second round is already half as long as the first, and a third gains little. */
const ROUNDS = 2;

export async function warmUp(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await runGroup();
    await giveWay();
  }
}

/** Lets a request that came meanwhile go first. */
function giveWay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

async function runGroup(): Promise<void> {
  const cs = await suite();
  const [one, two] = [await makeMember(), await makeMember()];
  const group = await createGroup(new Uint8Array(16), one.publicPackage, one.privatePackage, [], cs);
  const made = await makeCommit(group, [{ proposalType: 'add', add: { keyPackage: two.publicPackage } }], cs);
  const welcome = decodeMlsMessage(made.welcome, 0)?.[0];
  if (welcome?.wireformat !== 'mls_welcome') throw new Error('a commit without a Welcome');
  const joined = await joinGroup(
    welcome.welcome,
    two.publicPackage,
    two.privatePackage,
    emptyPskIndex,
    cs,
    undefined,
    undefined,
    defaultClientConfig,
  );
  // Somebody comes into the call while it goes on: then nobody may wait for the first use of anything.
  await giveWay();
  const three = await makeMember();
  const added = await makeCommit(made.next, [{ proposalType: 'add', add: { keyPackage: three.publicPackage } }], cs);
  const commit = decodeMlsMessage(added.commit, 0)?.[0];
  if (commit?.wireformat !== 'mls_private_message') throw new Error('a commit that is not sealed');
  await processPrivateMessage(joined, commit.privateMessage, emptyPskIndex, cs);
}

async function makeMember() {
  const seconds = BigInt(Math.floor(Date.now() / 1000));
  return generateKeyPackage(
    { credentialType: 'basic', identity: new Uint8Array() },
    { versions: ['mls10'], ciphersuites: [SUITE], extensions: [], proposals: [], credentials: ['basic'] },
    { notBefore: seconds - 60n, notAfter: seconds + 60n },
    [],
    await suite(),
  );
}
