/** What a desk does with others: each act asks once, and what could not be done is said until the next one. */
import { useState } from 'preact/hooks';
import type { StaffDesk } from '../call/api';
import type { Colleague, Manner, Whom } from '../proto';

export interface TeamActs {
  readonly askHelp: () => void;
  readonly helpDone: () => void;
  readonly takeHelp: (call: string) => void;
  readonly colleagues: () => Promise<readonly Colleague[]>;
  readonly invite: (whom: Whom, manner: Manner) => void;
  readonly cancelInvite: () => void;
  readonly bringIn: () => void;
  readonly endConsult: () => void;
  readonly handOver: (slot: number) => void;
  readonly takeCharge: () => void;
  readonly leave: () => void;
  readonly dismiss: (slot: number) => void;
}

export function useTeam(desk: StaffDesk): { readonly acts: TeamActs; readonly failed: boolean } {
  const [failed, setFailed] = useState(false);
  const { talk } = desk;
  const act = (done: Promise<void>): void => {
    setFailed(false);
    done.catch(() => setFailed(true));
  };
  return {
    failed,
    acts: {
      askHelp: () => act(talk.askHelp(true)),
      helpDone: () => act(talk.askHelp(false)),
      takeHelp: (call) => act(talk.takeHelp(call)),
      colleagues: () => talk.colleagues().catch(() => []),
      invite: (whom, manner) => act(talk.invite(whom, manner)),
      cancelInvite: () => act(talk.cancelInvite()),
      bringIn: () => act(talk.bringIn()),
      endConsult: () => act(talk.endConsult()),
      handOver: (slot) => act(talk.handOver(slot)),
      takeCharge: () => act(talk.takeCharge()),
      leave: () => act(talk.leave()),
      dismiss: (slot) => act(talk.dismiss(slot)),
    },
  };
}
