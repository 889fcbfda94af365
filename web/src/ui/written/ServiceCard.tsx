/**
 * A service that somebody in the call has sent: what to call, and where it is on the web. Whoever is sent one can put it away and
 * copy it; else it goes with the call. Following its address is theirs to decide, and what that leaves behind is said first.
 */
import { useId, useState } from 'preact/hooks';
import type { Card } from '../../call/text/message';
import { words } from '../../words';
import { telephone } from '../config';

interface Props {
  readonly card: Card;
  /** Whether this page has sent it. */
  readonly own: boolean;
}

export function ServiceCard({ card, own }: Props) {
  const text = words.written.card;
  const [away, setAway] = useState(false);
  const [copied, setCopied] = useState<boolean>();
  const leaves = useId();
  const linked = !own && isAddress(card.web);

  const copy = (): void => {
    const parts = [card.title, card.what, card.phone, card.web, card.hours].filter((part) => part !== '');
    void Promise.resolve(navigator.clipboard?.writeText(parts.join('\n')))
      // Without a secure context there is no clipboard.
      .then(() => setCopied(navigator.clipboard !== undefined))
      .catch(() => setCopied(false));
  };

  if (away) {
    return (
      <div class="card" data-card="away">
        <strong>{card.title}</strong>
        <button type="button" class="button button--quiet button--card" onClick={() => setAway(false)}>
          {text.show}
          <span class="visually-hidden"> {card.title}</span>
        </button>
      </div>
    );
  }
  return (
    <div class="card" data-card>
      <strong>{card.title}</strong>
      {card.what !== '' && <p>{card.what}</p>}
      <dl>
        {card.phone !== '' && (
          <div>
            <dt>{text.phone}</dt>
            <dd>{isNumber(card.phone) ? <a href={telephone(card.phone)}>{card.phone}</a> : card.phone}</dd>
          </div>
        )}
        {card.web !== '' && (
          <div>
            <dt>{text.web}</dt>
            <dd>
              {linked ? (
                <a href={card.web} target="_blank" rel="noopener noreferrer" aria-describedby={leaves}>
                  {card.web}
                </a>
              ) : (
                card.web
              )}
            </dd>
          </div>
        )}
        {card.hours !== '' && (
          <div>
            <dt>{text.hours}</dt>
            <dd>{card.hours}</dd>
          </div>
        )}
      </dl>
      {!own && (
        <>
          <p class="small" id={leaves}>
            {linked ? text.leaves : text.gone}
          </p>
          <button type="button" class="button button--quiet button--card" data-act="copy-card" onClick={copy}>
            {text.copy}
            <span class="visually-hidden"> {card.title}</span>
          </button>
          <button
            type="button"
            class="button button--quiet button--card"
            data-act="put-away"
            onClick={() => setAway(true)}
          >
            {text.putAway}
            <span class="visually-hidden"> {card.title}</span>
          </button>
          <p class="small" role="status">
            {copied === undefined ? '' : copied ? text.copied : text.notCopied}
          </p>
        </>
      )}
    </div>
  );
}

const isNumber = (phone: string): boolean => /^\+?[0-9\u00a0 ()-]{3,}$/.test(phone);

/** An address that leads where it says: HTTPS, a host's name without a user or a port, nothing that is not seen. */
export function isAddress(web: string): boolean {
  return (
    /^https:\/\/(?:[a-z0-9][a-z0-9-]*\.)+[a-z][a-z0-9-]*(?:[/?#][\x21-\x7e]*)?$/i.test(web) && !/["<>\\^`{|}]/.test(web)
  );
}
