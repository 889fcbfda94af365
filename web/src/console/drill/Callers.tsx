/** What those who play callers are given: a link for people, a command for synthetic ones. Only to whoever runs the drill. */
import { useState } from 'preact/hooks';
import { words } from '../../words/console';

/** The page that a person opens. */
export const linkOf = (origin: string, ticket: string): string => `${origin}/#drill=${ticket}`;

/** What is run; it asks for the ticket, which so is in no list of commands. */
export const commandOf = (origin: string): string => `quietline drill --server ${origin} --callers 3`;

export function Callers({ ticket }: { readonly ticket: string }) {
  const text = words.desk.drill.callers;
  return (
    <section class="panel drill__part" aria-labelledby="drill-callers">
      <h2 class="panel__title" id="drill-callers">
        {text.title}
      </h2>
      <p>{text.link}</p>
      <Given id="link" content={linkOf(location.origin, ticket)} copy={text.copyLink} />
      <p>{text.program}</p>
      <Given id="command" content={commandOf(location.origin)} copy={text.copyCommand} />
      <p>{text.ticket}</p>
      <Given id="ticket" content={ticket} copy={text.copyTicket} />
    </section>
  );
}

interface GivenProps {
  readonly id: string;
  readonly content: string;
  readonly copy: string;
}

function Given({ id, content, copy }: GivenProps) {
  const text = words.desk.drill.callers;
  const [copied, setCopied] = useState('');
  const take = (): void => {
    navigator.clipboard.writeText(content).then(
      () => setCopied(text.copied),
      () => setCopied(text.copyFailed),
    );
  };
  return (
    <div class="drill__given">
      <p class="key-text">
        <code data-given={id}>{content}</code>
      </p>
      <button type="button" class="button" onClick={take} data-copy={id}>
        {copy}
      </button>{' '}
      <span class="small" role="status">
        {copied}
      </span>
    </div>
  );
}
