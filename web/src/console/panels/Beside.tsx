/** Beside a call: what is agreed for a lost connection, colleagues, where the caller can turn to, another talk. */
import type { StaffDesk, StaffView } from '../../call/api';
import type { Call } from '../../proto';
import { Book } from '../follow-ups/Book';
import { Plan } from '../opening/Plan';
import { InCall } from '../services/InCall';
import type { TeamActs } from '../team';
import { leads } from './OnCall';
import { Team } from './Team';

interface Props {
  readonly desk: StaffDesk;
  readonly view: StaffView;
  readonly call: Call;
  readonly acts: TeamActs;
  readonly failed: boolean;
}

export function Beside({ desk, view, call, acts, failed }: Props) {
  const joined = view.members.some((member) => !member.me);
  return (
    <div class="beside">
      {leads(call) && joined && <Plan conversation={view.conversation} onAgree={(plan) => desk.agree(plan)} />}
      <Team call={call} acts={acts} failed={failed} />
      <InCall desk={desk} view={view} />
      <Book key={call.id} desk={desk} call={call.id} />
    </div>
  );
}
