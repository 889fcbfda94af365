/** Promising another talk, in a call or in its wrap-up. */
import { useId, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { Contact } from '../../e2ee/contact-form';
import { words } from '../../words/console';
import { ContactFields } from './ContactFields';
import { problemOf } from './problem';
import { fieldOf, momentOf, tomorrow } from './times';

const EMPTY: Contact = { name: '', reach: '', when: '' };

interface Props {
  readonly desk: StaffDesk;
  readonly call: string;
}

export function Book({ desk, call }: Props) {
  const text = words.desk.followUps.book;
  const [title, field] = [useId(), useId()];
  const [at, setAt] = useState(() => fieldOf(tomorrow(Date.now())));
  const [contact, setContact] = useState<Contact>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [booked, setBooked] = useState<{ readonly code: string; readonly at: number }>();
  const book = async (): Promise<void> => {
    const moment = momentOf(at);
    if (moment === undefined) return setProblem(words.desk.followUps.problems.notNow);
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = contact
        ? await desk.contacts.book(call, moment, contact)
        : await desk.followUps({ ask: 'book', call, at_ms: moment });
      if (answer.answer === 'booked') setBooked({ code: answer.code, at: answer.at_ms });
      setContact(undefined);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="panel book" aria-labelledby={title}>
      <h2 class="panel__title" id={title}>
        {text.title}
      </h2>
      <div role="status">
        {booked && (
          <>
            <p>{text.booked(booked.at)}</p>
            <p class="code" data-code translate={false} lang="en">
              {booked.code}
            </p>
            <p class="small">{text.words}</p>
          </>
        )}
      </div>
      {booked ? (
        <button type="button" class="button button--quiet" onClick={() => setBooked(undefined)}>
          {text.another}
        </button>
      ) : (
        <form
          class="field"
          onSubmit={(event) => {
            event.preventDefault();
            void book();
          }}
        >
          <p class="small">{text.lead}</p>
          {problem !== undefined && (
            <p class="field__problem" role="alert">
              {problem}
            </p>
          )}
          <p class="check">
            <label>
              <input
                type="checkbox"
                checked={contact !== undefined}
                onChange={(event) => setContact(event.currentTarget.checked ? EMPTY : undefined)}
              />{' '}
              {words.desk.followUps.contact.offer}
            </label>
          </p>
          {contact && (
            <>
              <p class="small">{words.desk.followUps.contact.consent}</p>
              <ContactFields desk={desk} contact={contact} onChange={setContact} />
            </>
          )}
          <label class="field__label" for={field}>
            {text.at}
          </label>
          <div class="inline">
            <input
              class="field__input"
              id={field}
              type="datetime-local"
              required
              value={at}
              onInput={(event) => setAt(event.currentTarget.value)}
            />
            <button type="submit" class="button button--plain" disabled={busy}>
              {text.submit}
            </button>
          </div>
        </form>
      )}
    </section>
  );
}
