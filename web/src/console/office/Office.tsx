/** The administrator's page: who works here, invitations, shutting out, and what two administrators do together. */
import { useRef, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { OfficeRequest, PersonView, ProposalView, Role } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { useView } from '../../ui/store';
import { words } from '../../words/console';
import { useTitle } from '../title';
import { Training } from '../training/Training';
import { Acts } from './Acts';
import { useAccounts } from './accounts';
import { Credentials } from './Credentials';
import { LinkOnce, type MadeLink } from './LinkOnce';
import { OwnDevice } from './OwnDevice';
import { People } from './People';

const ROLES: readonly Role[] = [
  'counsellor',
  'clinician',
  'supervisor',
  'coordinator',
  'commissioner',
  'administrator',
];

export function Office({ desk }: { readonly desk: StaffDesk }) {
  const text = words.desk.office;
  const view = useView(desk);
  const { accounts, unread, problem, act } = useAccounts(desk);
  const [made, setMade] = useState<MadeLink>();
  const [said, setSaid] = useState('');
  useTitle(text.documentTitle);

  /** Asks for something whose answer may be a link, or that it waits for another administrator. */
  const ask = async (request: OfficeRequest, whom: string): Promise<void> => {
    setSaid('');
    const answer = await act(request);
    if (answer?.answer === 'link') setMade({ link: answer.link, validS: answer.valid_s, whom });
    else if (answer?.answer === 'proposed') setSaid(text.proposed);
  };

  if (!accounts) {
    return (
      <main class="main main--gate">
        <h1 class="visually-hidden">{text.title}</h1>
        {unread ? (
          <div data-screen="failed">
            <Notice>
              <p data-failed>{view.signalling === 'lost' ? text.offline : text.failed}</p>
            </Notice>
          </div>
        ) : (
          <p class="lead" role="status" data-screen="loading">
            {words.desk.frame.loading}
          </p>
        )}
      </main>
    );
  }
  const { people, proposals, acts } = accounts;
  const wanting = people.flatMap((person) => person.devices).filter((device) => device.wants_credential).length;
  return (
    <div class="columns">
      <main class="main main--desk">
        <Screen name="office" title={text.title}>
          {view.signalling === 'lost' && (
            <Notice>
              <p>{text.offline}</p>
            </Notice>
          )}
          {unread && view.signalling !== 'lost' && (
            <Notice>
              <p data-failed>{text.old}</p>
            </Notice>
          )}
          {problem !== undefined && (
            <p class="field__problem" role="alert">
              {problem}
            </p>
          )}
          <p role="status">{said}</p>
          {made && (
            <div class="panel">
              <LinkOnce made={made} onDone={() => setMade(undefined)} />
            </div>
          )}
          {proposals.map((proposal) => (
            <Proposal
              key={proposal.id}
              proposal={proposal}
              people={people}
              onConfirm={(whom) => void ask({ ask: 'confirm', proposal: proposal.id }, whom)}
              onWithdraw={() => void act({ ask: 'withdraw', proposal: proposal.id })}
            />
          ))}
          <Invite onInvite={(role) => void ask({ ask: 'invite', role }, text.invite.whom(words.roles[role]))} />
          <People
            people={people}
            act={async (request) => {
              setSaid('');
              const answer = await act(request);
              if (answer?.answer === 'proposed') setSaid(text.proposed);
              return answer;
            }}
          />
        </Screen>
      </main>
      <aside class="side">
        <Credentials wanting={wanting} act={act} />
        <Acts acts={acts} people={people} />
        <Training desk={desk} lost={view.signalling === 'lost'} />
        <OwnDevice desk={desk} />
      </aside>
    </div>
  );
}

function Invite({ onInvite }: { readonly onInvite: (role: Role) => void }) {
  const text = words.desk.office.invite;
  const select = useRef<HTMLSelectElement>(null);
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        const role = ROLES.find((known) => known === select.current?.value);
        if (role) onInvite(role);
      }}
    >
      <h2 class="panel__title">{text.title}</h2>
      <label class="field__label" for="role">
        {text.role}
      </label>
      <p class="small" id="role-hint">
        {text.hint}
      </p>
      <div class="inline">
        <select class="field__input" id="role" aria-describedby="role-hint" ref={select}>
          {ROLES.map((role) => (
            <option key={role} value={role}>
              {words.roles[role]}
            </option>
          ))}
        </select>
        <button type="submit" class="button">
          {text.submit}
        </button>
      </div>
    </form>
  );
}

interface ProposalProps {
  readonly proposal: ProposalView;
  readonly people: readonly PersonView[];
  readonly onConfirm: (whom: string) => void;
  readonly onWithdraw: () => void;
}

function Proposal({ proposal, people, onConfirm, onWithdraw }: ProposalProps) {
  const text = words.desk.office.proposal;
  const name = (staff: string | null) => people.find((person) => person.staff === staff)?.name ?? text.somebody;
  const asker = name(proposal.by);
  const whom = proposal.recovers === null ? text.newAdministrator : name(proposal.recovers);
  return (
    <div class="notice" data-proposal>
      <p>
        <strong>{proposal.recovers === null ? text.administrator(asker) : text.recovery(asker, whom)}</strong>
      </p>
      <p>{proposal.confirmable ? text.check : text.wait}</p>
      <div class="buttons">
        {proposal.confirmable && (
          <button type="button" class="button" data-act="confirm" onClick={() => onConfirm(whom)}>
            {text.confirm}
          </button>
        )}
        <button type="button" class="button button--quiet" onClick={onWithdraw}>
          {proposal.confirmable ? text.refuse : text.withdraw}
        </button>
      </div>
    </div>
  );
}
