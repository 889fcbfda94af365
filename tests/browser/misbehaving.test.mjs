/** A server that is made to misbehave: the clients refuse, say so on the screen, and nobody more can hear. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameSafetyWords } from './support/pages.mjs';
import { Rogue } from './support/rogue.mjs';
import { callInProgress, stage } from './support/stage.mjs';

const CALLER_SOCKET = '/ws/caller';
const STAFF_SOCKET = '/ws/staff';
const TOLD = 'Something tried to change this call against its rules. It was refused';
const UNSAFE = 'This call could not be made safely';

/** The last message of a type that went to a page, by socket. */
function remember(between, type) {
  const last = {};
  const before = between.fromGateway;
  between.fromGateway = (message, line) => {
    if (message.type === type) last[line.path] = message;
    return before(message, line);
  };
  return last;
}

test('a third member without a signed credential is not let in, and both are told', async (t) => {
  const scene = await stage(t, { between: true });
  const rogue = await Rogue.appear({ name: 'Alex', role: 'clinician' });
  const states = remember(scene.between, 'state');
  const commits = [];
  const { caller, desk } = await callInProgress(scene);
  scene.between.fromPage = (frame) => {
    if (frame.request.type === 'mls' && frame.request.message.kind === 'commit') commits.push(frame);
    return [frame];
  };
  const before = await sameSafetyWords(caller, desk);

  const newcomer = {
    slot: 2,
    role: 'clinician',
    name: 'Alex',
    connected: true,
    key_package: await rogue.staffKeyPackage(),
  };
  const [callerLine] = scene.between.lines(CALLER_SOCKET);
  const { state } = states[CALLER_SOCKET];
  callerLine.toPage({ type: 'state', state: { ...state, participants: [...state.participants, newcomer] } });

  await caller.says(TOLD);
  await caller.says('unsigned-credential');
  assert.deepEqual(await caller.people(), ['You', 'Sam, counsellor']);
  assert.deepEqual(commits, [], 'nobody was added');
  assert.deepEqual(await sameSafetyWords(caller, desk), before);
});

test('a counsellor whom the authority never signed cannot take the call', async (t) => {
  const scene = await stage(t, { between: true });
  const rogue = await Rogue.appear({ name: 'Sam', role: 'counsellor' });
  let published;
  let call;
  scene.between.fromPage = (frame) => {
    if (frame.request.type === 'join') published = frame.request.key_package;
    return [frame];
  };
  scene.between.fromGateway = async (message, line) => {
    if (message.type === 'session') call = message.call;
    if (line.path !== CALLER_SOCKET || message.type !== 'mls' || message.message.kind !== 'commit') return [message];
    return [{ ...message, message: { ...message.message, ...(await rogue.groupWith(call, published)) } }];
  };
  const desk = await scene.desk();
  const caller = await scene.callerPage();
  await caller.joins();
  await desk.answers();
  await caller.says(UNSAFE);
  await caller.says('unsigned-credential');
  assert.equal(await caller.page.$('[data-people]'), null, 'nobody is shown as able to hear');
});

test('an old commit that is played again is refused on both sides', async (t) => {
  const scene = await stage(t, { between: true });
  const entries = [];
  const before = scene.between.fromGateway;
  scene.between.fromGateway = (message, line) => {
    if (message.type === 'mls') entries.push(message);
    return before(message, line);
  };
  const { caller, desk } = await callInProgress(scene);
  const words = await sameSafetyWords(caller, desk);
  const old = entries.find(({ message }) => message.kind === 'commit');
  assert.ok(old, 'the commit of the first epoch was seen');
  const seq = Math.max(...entries.map((entry) => entry.seq)) + 1;
  const again = { ...old, seq, message: { ...old.message, added: [], welcome: null } };
  // Consoles are told of which room a message is.
  const call = entries.find((entry) => entry.call !== undefined)?.call;
  const { call: _, ...bare } = again;
  scene.between.lines(CALLER_SOCKET)[0].toPage(bare);
  scene.between.lines(STAFF_SOCKET)[0].toPage({ ...bare, call });
  await caller.says(TOLD);
  await caller.says('wrong-epoch');
  await desk.says('wrong-epoch');
  assert.deepEqual(await sameSafetyWords(caller, desk), words);
  assert.deepEqual(await caller.people(), ['You', 'Sam, counsellor']);
});

test('a KeyPackage that is swapped on the way to the counsellor ends in a refusal, not in a call', async (t) => {
  const scene = await stage(t, { between: true });
  const rogue = await Rogue.appear();
  const own = await rogue.callerKeyPackage();
  scene.between.fromGateway = (message, line) => {
    const ringing = line.path === STAFF_SOCKET && message.type === 'state' && message.state.phase === 'ringing';
    if (!ringing) return [message];
    return [{ ...message, state: { ...message.state, offer: { ...message.state.offer, key_package: own } } }];
  };
  const desk = await scene.desk();
  const caller = await scene.callerPage();
  await caller.joins();
  await desk.answers();
  await caller.says(UNSAFE);
  assert.equal(await caller.page.$('[data-people]'), null, 'nobody is shown as able to hear');
});

test('a KeyPackage that is swapped after a reload is not let in', async (t) => {
  const scene = await stage(t, { between: true });
  const rogue = await Rogue.appear();
  const own = await rogue.callerKeyPackage();
  const { caller, desk } = await callInProgress(scene);
  scene.between.fromGateway = (message, line) => {
    if (line.path !== STAFF_SOCKET || message.type !== 'state' || message.state.phase !== 'on_call') return [message];
    const { call } = message.state;
    const swap = (participant) => (participant.key_package ? { ...participant, key_package: own } : participant);
    return [{ ...message, state: { ...message.state, call: { ...call, participants: call.participants.map(swap) } } }];
  };
  await caller.reload();
  await desk.says('second-caller');
});
