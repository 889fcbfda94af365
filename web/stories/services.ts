/** The directory of services in the stories: what the service answers. */
import type { KeptServices, ServiceShelf } from '../src/call/service-shelf';
import type { ServiceDetails, ServiceEntry, ServicesAnswer, ServicesRequest } from '../src/proto';

const NONE: ServiceDetails = {
  name: '',
  purpose: '',
  areas: [],
  families: false,
  phone: '',
  text: '',
  web: '',
  hours: '',
  languages: ['English'],
  cost: 'Free',
  referral: 'Oneself',
  tags: [],
  owner: 'Clinical team',
  review: '2099-03-29',
};
const entry = (digit: string, details: Partial<ServiceDetails>, more: Partial<ServiceEntry> = {}): ServiceEntry => ({
  service: digit.repeat(32),
  version: Number(digit),
  retired: false,
  details: { ...NONE, ...details },
  ...more,
});

export const SERVICES: readonly ServiceEntry[] = [
  entry('1', {
    name: 'CALM',
    purpose: 'A helpline and webchat for whoever struggles or is in crisis.',
    phone: '0800 58 58 58',
    web: 'https://www.thecalmzone.net',
    tags: ['suicide', 'men', 'webchat'],
    review: null,
  }),
  entry('2', {
    name: 'Cruse Bereavement Support',
    purpose: 'Support for whoever has lost somebody.',
    areas: ['England', 'Wales', 'Northern Ireland'],
    families: true,
    phone: '0808 808 1677',
    web: 'https://www.cruse.org.uk',
    languages: ['English', 'Cymraeg'],
    tags: ['grief', 'loss', 'galar', 'plant â galar'],
    review: '2024-05-03',
  }),
  entry('3', {
    name: 'Samaritans',
    purpose: 'Somebody to talk to at any time about whatever is hard.',
    families: true,
    phone: '116 123',
    web: 'https://www.samaritans.org',
    hours: 'Every day, 24 hours',
    tags: ['suicide', 'despair', 'listening'],
  }),
  entry('4', {
    name: 'Shout',
    purpose: 'Support by text message. Text SHOUT to 85258.',
    text: '85258',
    tags: ['text'],
  }),
];
const RETIRED = entry('5', { name: 'An old helpline', purpose: 'Closed.', phone: '0300 000 0000' }, { retired: true });

/** What the service answers, by story; those that are not here have the services above. */
const answers: Readonly<Record<string, 'never' | 'fails' | 'empty'>> = {
  'directory-loading': 'never',
  'directory-failed': 'fails',
  'directory-empty': 'empty',
  'directory-offline': 'fails',
  'keep-loading': 'never',
  'keep-failed': 'fails',
  'keep-empty': 'empty',
};

export class FakeServices {
  /** What is asked that changes something. */
  readonly asked: ServicesRequest[] = [];
  /** What the next of these is answered, in place of what a calm service would. */
  next: ServicesAnswer | undefined;
  readonly shelf: ServiceShelf = { get: async () => this.kept, put: async (services) => this.keep(services) };
  private kept: KeptServices | undefined;
  private readonly how: (typeof answers)[string] | undefined;

  constructor(story: string) {
    this.how = answers[story];
    if (story === 'directory-offline') this.kept = { version: 4, entries: SERVICES };
  }

  private keep(services: KeptServices): void {
    this.kept = services;
  }

  async answer(ask: ServicesRequest): Promise<ServicesAnswer> {
    if (this.how === 'never') return new Promise(() => undefined);
    if (this.how === 'fails') throw new Error('story');
    if (ask.ask === 'list') return { answer: 'list', version: 9, entries: this.how === 'empty' ? [] : [...SERVICES] };
    if (ask.ask === 'keep') {
      return { answer: 'list', version: 9, entries: this.how === 'empty' ? [] : [...SERVICES, RETIRED] };
    }
    this.asked.push(ask);
    const { next } = this;
    this.next = undefined;
    if (next) return next;
    switch (ask.ask) {
      case 'export':
        return { answer: 'table', table: 'name,purpose\r\n' };
      case 'import':
        return { answer: 'report', added: 1, changed: 1, unchanged: 2, flaws: [] };
      case 'add':
      case 'change':
        return { answer: 'kept', entry: entry('6', ask.details) };
      case 'retire':
        return { answer: 'kept', entry: RETIRED };
    }
  }
}
