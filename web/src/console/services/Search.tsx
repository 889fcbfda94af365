/** The directory as a desk searches it: nothing is asked of the service while one types. Arrow keys go through what was found. */
import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { ServiceEntry } from '../../proto';
import { words } from '../../words/console';
import { Card } from './Card';
import type { Held } from './held';
import { reviewOf } from './review';
import { search } from './search';

/** What is shown at once; the rest is found by writing more. */
const SHOWN = 20;

interface Props {
  readonly held: Held;
  readonly offline: boolean;
  /** What stands under a service that is opened. */
  readonly under?: (entry: ServiceEntry) => ComponentChildren;
}

export function Search({ held, offline, under }: Props) {
  const text = words.desk.services;
  const [looked, setLooked] = useState('');
  const [open, setOpen] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const found = useMemo(() => (held.is === 'here' ? search(held.index, looked) : []), [held, looked]);

  if (held.is !== 'here') {
    return (
      <p role="status" data-services={held.is}>
        {held.is === 'loading' ? text.loading : text.failed}
      </p>
    );
  }
  if (held.index.entries.length === 0) {
    return (
      <p role="status" data-services="empty">
        {text.empty}
      </p>
    );
  }
  const shown = found.slice(0, SHOWN);
  const results = (): HTMLButtonElement[] => [
    ...(list.current?.querySelectorAll<HTMLButtonElement>('.service-row') ?? []),
  ];
  const move = (event: KeyboardEvent): void => {
    const rows = results();
    const at = rows.indexOf(event.target as HTMLButtonElement);
    if (at < 0 && event.target !== input.current) return;
    switch (event.key) {
      case 'ArrowDown':
        rows[Math.min(at + 1, rows.length - 1)]?.focus();
        break;
      case 'ArrowUp':
        if (at <= 0) input.current?.focus();
        else rows[at - 1]?.focus();
        break;
      case 'Escape':
        if (at < 0) setLooked('');
        else input.current?.focus();
        break;
      default:
        return;
    }
    event.preventDefault();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the field and the buttons in it
    <div class="services" data-services="here" onKeyDown={move}>
      {offline && <p class="small">{text.offline}</p>}
      <label class="field__label" for="look">
        {text.look}
      </label>
      <input
        class="field__input"
        type="search"
        id="look"
        ref={input}
        autocomplete="off"
        spellcheck={false}
        value={looked}
        aria-describedby="look-hint"
        onInput={(event) => {
          setLooked(event.currentTarget.value);
          setOpen(undefined);
        }}
      />
      <p class="small" id="look-hint">
        {text.lookHint}
      </p>
      <p class="small" role="status">
        {text.found(found.length, shown.length)}
      </p>
      <ul class="service-list" ref={list}>
        {shown.map((entry) => (
          <li key={entry.service} data-service={entry.details.name}>
            <button
              type="button"
              class="service-row"
              aria-expanded={open === entry.service}
              onClick={() => setOpen(open === entry.service ? undefined : entry.service)}
            >
              <span class="service-row__name">{entry.details.name}</span>
              <span class="service-row__reach">
                {entry.details.phone || (entry.details.text && text.textTo(entry.details.text)) || text.onTheWeb}
              </span>
              <span class="service-row__purpose">{entry.details.purpose}</span>
              {isDue(entry) && <span class="service-row__due">{text.review.short}</span>}
            </button>
            {open === entry.service && (
              <div class="service-open">
                <Card entry={entry} />
                {under?.(entry)}
              </div>
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}

function isDue(entry: ServiceEntry): boolean {
  const { is } = reviewOf(entry, new Date());
  return is === 'never' || is === 'overdue';
}
