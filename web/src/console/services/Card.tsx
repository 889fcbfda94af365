/** One service as a desk reads it: how to reach it, for whom it is, and whether that still holds. */
import type { ServiceEntry } from '../../proto';
import { words } from '../../words/console';
import { reviewOf } from './review';

export function Card({ entry }: { readonly entry: ServiceEntry }) {
  const text = words.desk.services;
  const { details } = entry;
  const rows: readonly (readonly [string, preact.ComponentChildren])[] = [
    [text.fields.phone, details.phone && <a href={`tel:${dialled(details.phone)}`}>{details.phone}</a>],
    [text.fields.text, details.text && <a href={`sms:${dialled(details.text)}`}>{details.text}</a>],
    [
      text.fields.web,
      details.web && (
        <a href={details.web} target="_blank" rel="noopener noreferrer">
          {details.web}
        </a>
      ),
    ],
    [text.fields.hours, details.hours],
    [text.forWhom, text.whom(details.areas, details.families)],
    [text.fields.languages, details.languages.join(', ')],
    [text.fields.cost, details.cost],
    [text.fields.referral, details.referral],
  ];
  return (
    <div class="service">
      <p>{details.purpose}</p>
      <dl class="service__facts">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <ReviewNote entry={entry} />
    </div>
  );
}

/** Says what is out of date; of what is in order, the day. */
export function ReviewNote({ entry }: { readonly entry: ServiceEntry }) {
  const review = reviewOf(entry, new Date());
  const text = words.desk.services.review;
  const said = review.is === 'never' ? text.never : text[review.is](text.day(review.day));
  return (
    <p class={review.is === 'never' || review.is === 'overdue' ? 'service__due' : 'small'} data-review={review.is}>
      {said}
    </p>
  );
}

/** A number as a link has it. */
export function dialled(number: string): string {
  return number.replace(/ /g, '');
}
