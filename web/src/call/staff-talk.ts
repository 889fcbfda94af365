/** What a console asks of the line when there are more than two: each act is of the call in which the console is. */
import type { Colleague, Manner, StaffMessage, StaffRequest, StaffState, Whom } from '../proto';
import type { StaffTalk } from './api';
import { type Connection, RequestFailed } from './connection';

export class Talk implements StaffTalk {
  constructor(
    private readonly connection: Pick<Connection<StaffRequest, StaffMessage>, 'request'>,
    private readonly state: () => StaffState | undefined,
  ) {}

  askHelp(wanted: boolean): Promise<void> {
    return this.ask((call) => ({ type: wanted ? 'ask_help' : 'help_done', call }));
  }

  async takeHelp(call: string): Promise<void> {
    await this.connection.request({ type: 'take_help', call });
  }

  async colleagues(): Promise<readonly Colleague[]> {
    const answer = await this.connection.request({ type: 'colleagues' });
    if (answer.type !== 'colleagues') throw new RequestFailed('internal', 'The server named no colleagues.');
    return answer.colleagues;
  }

  invite(whom: Whom, manner: Manner): Promise<void> {
    return this.ask((call) => ({ type: 'invite', call, whom, manner }));
  }

  cancelInvite(): Promise<void> {
    return this.ask((call) => ({ type: 'cancel_invite', call }));
  }

  bringIn(): Promise<void> {
    return this.ask((call) => ({ type: 'bring_in', call }));
  }

  endConsult(): Promise<void> {
    return this.ask((call) => ({ type: 'end_consult', call }));
  }

  handOver(to: number): Promise<void> {
    return this.ask((call) => ({ type: 'hand_over', call, to }));
  }

  takeCharge(): Promise<void> {
    return this.ask((call) => ({ type: 'take_charge', call }));
  }

  leave(): Promise<void> {
    return this.ask((call) => ({ type: 'leave_call', call }));
  }

  dismiss(slot: number): Promise<void> {
    return this.ask((call) => ({ type: 'dismiss', call, slot }));
  }

  /** Asks once: a person who sees that nothing has happened presses again. */
  private async ask(request: (room: string) => StaffRequest): Promise<void> {
    const room = roomOf(this.state());
    if (room === undefined) throw new RequestFailed('out_of_order', 'This console is in no call.');
    await this.connection.request(request(room));
  }
}

/** The call in which a console is, or the consultation to which it was asked. */
function roomOf(state: StaffState | undefined): string | undefined {
  switch (state?.phase) {
    case 'on_call':
      return state.call.id;
    case 'consulted':
      return state.consultation.id;
    default:
      return undefined;
  }
}
