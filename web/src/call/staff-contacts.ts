/** Contact details as a console seals and opens them: the server only carries them. The cryptography is loaded when it is needed. */
import type { Opened, Own, Recipient } from '../e2ee/contact';
import type { Contact } from '../e2ee/contact-form';
import type { FollowUpAnswer, FollowUpRequest, FollowUpView } from '../proto';
import { RequestFailed } from './connection';
import type { KeptDevice } from './shelf';

/** Why a contact detail was not sealed or opened, beside what the server refuses. */
export class ContactFailed extends Error {
  constructor(
    /** `nobody`: no clinician's device has offered a key that is proven. `not-proven`: what the server gave does not hold. */
    readonly code: 'nobody' | 'not-proven' | 'no-credential',
  ) {
    super(code);
    this.name = 'ContactFailed';
  }
}

/** What a clinician reads. */
export interface Read {
  readonly contact: Contact;
  /** Who took it down, as their credential proves. */
  readonly by: string;
  /** For how many more devices it was sealed on this occasion. */
  readonly shared: number;
}

interface Options {
  readonly ask: (ask: FollowUpRequest) => Promise<FollowUpAnswer>;
  readonly device: () => KeptDevice | undefined;
  readonly authority: string;
  readonly now: () => number;
}

export class Contacts {
  constructor(private readonly options: Options) {}

  /** The clinicians for whose devices something would be sealed now, each name once. */
  async readers(): Promise<readonly string[]> {
    return [...new Set((await this.recipients()).map(({ name }) => name))];
  }

  /** Promises a talk with a contact detail that clinicians' devices can read. */
  async book(call: string, at: number, contact: Contact): Promise<FollowUpAnswer> {
    const { sealContact } = await import('../e2ee/contact');
    const recipients = await this.recipients();
    if (recipients.length === 0) throw new ContactFailed('nobody');
    const sealed = await sealContact(contact, at, this.own(), recipients);
    return this.options.ask({ ask: 'book', call, at_ms: at, contact: sealed });
  }

  /** A clinician's device: has its own key kept, so that what is taken down from now on is sealed for it too. */
  async offer(): Promise<void> {
    const { offerKey } = await import('../e2ee/contact');
    await this.options.ask({ ask: 'offer_contact_key', ...(await offerKey(this.own())) });
  }

  /** Reads one, and seals it for those who have come since. That it was read is written down. */
  async read({ follow_up, at_ms, contact }: FollowUpView): Promise<Read> {
    const { openContact } = await import('../e2ee/contact');
    const answer = await this.options.ask({ ask: 'read_contact', follow_up });
    if (answer.answer !== 'contact') throw new RequestFailed('internal', 'The server gave no contact detail.');
    let opened: Opened;
    try {
      opened = await openContact(answer.sealed, answer.copy, at_ms, this.own(), this.options.authority);
    } catch {
      throw new ContactFailed('not-proven');
    }
    const lacking = (await this.recipients()).filter(({ device }) => !contact?.devices.includes(device));
    if (lacking.length > 0) {
      await this.options.ask({ ask: 'share_contact', follow_up, copies: await opened.share(lacking) });
    }
    return { contact: opened.contact, by: opened.by, shared: lacking.length };
  }

  private async recipients(): Promise<readonly Recipient[]> {
    const { proven } = await import('../e2ee/contact');
    const answer = await this.options.ask({ ask: 'contact_keys' });
    if (answer.answer !== 'contact_keys') throw new RequestFailed('internal', 'The server gave no keys.');
    return proven(answer.keys, this.options.authority, this.options.now());
  }

  private own(): Own {
    const { keys, device, credential } = this.options.device() ?? {};
    if (!keys || device === undefined || credential === undefined) throw new ContactFailed('no-credential');
    return { keys, device, credential };
  }
}
