import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cardOf } from '../../src/console/services/InCall';
import { byReview, dayOf, reviewOf } from '../../src/console/services/review';
import { indexOf, search } from '../../src/console/services/search';
import type { ServiceDetails, ServiceEntry } from '../../src/proto';
import { isAddress } from '../../src/ui/written/ServiceCard';

const entry = (name: string, details: Partial<ServiceDetails> = {}): ServiceEntry => ({
  service: name,
  version: 1,
  retired: false,
  details: {
    name,
    purpose: '',
    areas: [],
    families: false,
    phone: '',
    text: '',
    web: '',
    hours: '',
    languages: [],
    cost: '',
    referral: '',
    tags: [],
    owner: '',
    review: null,
    ...details,
  },
});
const index = indexOf([
  entry('Calon Lân', { purpose: 'Cymorth galar', tags: ['tŷ', 'plant'], languages: ['Cymraeg'] }),
  entry('Cruse Bereavement Support', { tags: ['grief', 'loss'], areas: ['Wales'], phone: '0808 808 1677' }),
  entry('Samaritans', { purpose: 'Grief, despair, anything', phone: '116 123', families: true }),
  entry('Shout', { text: '85258', web: 'https://giveusashout.org' }),
]);
const found = (looked: string): string[] => search(index, looked).map(({ details }) => details.name);

describe('the search in the directory', () => {
  it('shows everything when nothing is looked for', () => {
    expect(found('  ')).toHaveLength(4);
  });
  it('takes no notice of case, accents and circumflexes, on either side', () => {
    expect(found('calon lan')).toEqual(['Calon Lân']);
    expect(found('TY')).toEqual(['Calon Lân']);
    expect(found('tŷ plânt')).toEqual(['Calon Lân']);
  });
  it('finds by the beginning of a word, in every field', () => {
    expect(found('berea')).toEqual(['Cruse Bereavement Support']);
    expect(found('cymr')).toEqual(['Calon Lân']);
    expect(found('giveus')).toEqual(['Shout']);
    expect(found('famil')).toEqual(['Samaritans']);
  });
  it('forgives one slip in a longer word, also while it is written', () => {
    for (const slip of ['samartans', 'samarritans', 'samaeitans', 'samartians', 'smaritans', 'samaeit']) {
      expect([slip, ...found(slip)]).toEqual([slip, 'Samaritans']);
    }
    expect(found('samrtins')).toEqual([]);
    expect(found('los')).toEqual(['Cruse Bereavement Support']);
    expect(found('lus')).toEqual([]);
  });
  it('finds a number with and without its spaces', () => {
    for (const number of ['116 123', '116123', '08088081677', '85258']) expect(found(number)).toHaveLength(1);
  });
  it('wants every word, and puts the better field first', () => {
    expect(found('grief wales')).toEqual(['Cruse Bereavement Support']);
    expect(found('grief')).toEqual(['Cruse Bereavement Support', 'Samaritans']);
    expect(found('grief nonsense')).toEqual([]);
  });
});

describe('a review', () => {
  const now = new Date('2027-03-28T23:30:00Z');
  const of = (review: string | null) => reviewOf(entry('x', { review }), now).is;

  it('is due by the day in the United Kingdom', () => {
    // Summer time has begun: it is the 29th there.
    expect(dayOf(now)).toBe('2027-03-29');
    expect([of(null), of('2027-03-28'), of('2027-03-29'), of('2027-04-20'), of('2027-06-01')]).toEqual([
      'never',
      'overdue',
      'soon',
      'soon',
      'good',
    ]);
  });
  it('puts the longest overdue first, then what nobody has looked at', () => {
    const days = ['2027-06-01', null, '2027-03-01', '2026-01-01', '2027-04-01'];
    const sorted = byReview(
      days.map((review) => entry('x', { review })),
      now,
    );
    expect(sorted.map(({ details }) => details.review)).toEqual([
      '2026-01-01',
      '2027-03-01',
      null,
      '2027-04-01',
      '2027-06-01',
    ]);
  });
});

describe('the address on a card', () => {
  it('is a link only where it leads where it says', () => {
    for (const web of ['https://www.samaritans.org', 'https://a.example/x?y=1#z', 'https://111.nhs.uk']) {
      expect([web, isAddress(web)]).toEqual([web, true]);
    }
    for (const web of [
      '',
      'policecare.org.uk',
      'http://a.example',
      'javascript:alert(1)',
      'https://localhost',
      'https://127.0.0.1/',
      'https://samaritans.org@evil.example/',
      'https://evil.example:444/',
      'https://a.example/x y',
      'https://a.example/"onclick="x',
    ]) {
      expect([web, isAddress(web)]).toEqual([web, false]);
    }
  });
  it('goes with all that the caller needs, the number for texts too', () => {
    const shout = entry('Shout', { purpose: 'By text.', text: '85258', hours: 'Always' });
    expect(cardOf(shout)).toEqual({
      title: 'Shout',
      what: 'By text. Text message: 85258.',
      phone: '',
      web: '',
      hours: 'Always',
    });
  });
});

describe('the example in the documentation', () => {
  it('marks every entry as to be reviewed', () => {
    const rows = readFileSync('../docs/services.csv', 'utf8').trim().split('\n').slice(1);
    for (const row of rows) expect(row.endsWith(',')).toBe(true);
  });
});
