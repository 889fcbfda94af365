/** How the caller is reached: for clinicians, at a device that it was sealed for. */
import { useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { Read } from '../../call/staff-contacts';
import type { FollowUpView, Role } from '../../proto';
import { words } from '../../words/console';
import { problemOf } from './problem';

interface Props {
  readonly desk: StaffDesk;
  readonly role: Role | undefined;
  readonly followUp: FollowUpView;
  readonly offline: boolean;
}

export function Reach({ desk, role, followUp, offline }: Props) {
  const text = words.desk.followUps;
  const [read, setRead] = useState<Read>();
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (!followUp.contact) return null;
  if (role !== 'clinician') return <p class="small">{text.contact.kept}</p>;
  if (!followUp.contact.readable) return <p class="small">{text.contact.elsewhere}</p>;
  const show = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      setRead(await desk.contacts.read(followUp));
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="reach">
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {problem}
        </p>
      )}
      {read && (
        <dl data-contact>
          {(['name', 'reach', 'when'] as const)
            .filter((part) => read.contact[part] !== '')
            .map((part) => (
              <div key={part}>
                <dt>{text.contact.fields[part]}</dt>
                <dd>{read.contact[part]}</dd>
              </div>
            ))}
        </dl>
      )}
      {read && (
        <p class="small">
          {text.contact.taken(read.by)} {read.shared > 0 && text.contact.shared(read.shared)}
        </p>
      )}
      <button
        type="button"
        class="button button--plain button--small"
        disabled={busy || (offline && !read)}
        aria-label={text.of(read ? text.contact.hide : text.contact.show, followUp.at_ms)}
        data-reach
        onClick={() => (read ? setRead(undefined) : void show())}
      >
        {read ? text.contact.hide : text.contact.show}
      </button>
    </div>
  );
}
