/**
 * The worker that keeps a page's MLS members, so that no group operation holds up the page: one takes 30 ms on a fast computer and
 * many times that on an old telephone.
 */
import { createGroupMember, type GroupMember, inspectKeyPackage, type Prepared } from './group';
import { answerQuestions } from './link';
import type { EnteredEpoch, MlsAnswer, MlsRequest, Operation } from './mls.messages';
import { warmUp } from './warm';

/** A member with what the page last said of the time and the call. */
interface Kept {
  readonly member: GroupMember;
  readonly said: { now: number; call: Uint8Array | undefined };
  readonly pending: Map<number, Prepared>;
}

const members = new Map<number, Kept>();
let nextMember = 0;
let nextPending = 0;

const answer = answerQuestions(self, handle);
self.onmessage = ({ data }: MessageEvent<unknown>) => {
  answer(data);
};

async function handle(request: MlsRequest): Promise<MlsAnswer> {
  switch (request.type) {
    case 'warm-up':
      await warmUp();
      return { type: 'done' };
    case 'inspect':
      return {
        type: 'inspected',
        ...(await inspectKeyPackage(request.keyPackage, request.authority, request.now)),
      };
    case 'create':
      return { type: 'created', member: await create(request) };
    case 'member': {
      const kept = members.get(request.member);
      if (kept === undefined) throw new Error('the member is closed');
      kept.said.now = request.now;
      kept.said.call = request.call ?? kept.said.call;
      return operate(request.member, kept, request.operation);
    }
  }
}

async function create(request: MlsRequest & { type: 'create' }): Promise<number> {
  const said: Kept['said'] = { now: request.now, call: undefined };
  const member = await createGroupMember({
    authority: request.authority,
    room: request.room,
    keys: request.keys,
    ...(request.credential === undefined ? {} : { credential: request.credential }),
    now: () => said.now,
    call: () => {
      if (said.call === undefined) throw new Error('the call has no id yet');
      return said.call;
    },
  });
  const id = nextMember++;
  members.set(id, { member, said, pending: new Map() });
  return id;
}

async function operate(id: number, { member, pending }: Kept, operation: Operation): Promise<MlsAnswer> {
  switch (operation.name) {
    case 'keyPackage':
      return { type: 'bytes', bytes: await member.keyPackage() };
    case 'seal':
      return { type: 'bytes', bytes: await member.seal(operation.bytes) };
    case 'open':
      return { type: 'opened', ...(await member.open(operation.bytes)) };
    case 'prepareGroup':
      return keep(pending, await member.prepareGroup(operation.bytes));
    case 'prepareAdd':
      return keep(pending, await member.prepareAdd(operation.bytes));
    case 'prepareRemove':
      return keep(pending, await member.prepareRemove(operation.leaf));
    case 'confirm':
      pending.get(operation.pending)?.confirm();
      pending.clear();
      return { type: 'done' };
    case 'join':
      await member.join(operation.bytes);
      return { type: 'entered', entered: entered(member) };
    case 'applyCommit':
      await member.applyCommit(operation.bytes);
      return { type: 'entered', entered: entered(member) };
    case 'close':
      member.close();
      members.delete(id);
      return { type: 'done' };
  }
}

/** Only the newest pending commit is kept: whoever prepares another has given up the one before. */
function keep(pending: Map<number, Prepared>, prepared: Prepared): MlsAnswer {
  pending.clear();
  const id = nextPending++;
  pending.set(id, prepared);
  const { epoch, commit, welcome, next } = prepared;
  return { type: 'prepared', pending: id, epoch, commit, welcome, next };
}

function entered({ current, epochAuthenticator }: GroupMember): EnteredEpoch {
  if (current === undefined || epochAuthenticator === undefined) throw new Error('the member is in no epoch');
  return { epoch: current, authenticator: epochAuthenticator };
}
