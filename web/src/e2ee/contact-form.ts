/** What a contact detail is made of. Apart from the cryptography, which a page loads only when it is needed. */

/** How somebody who has consented is reached. */
export interface Contact {
  readonly name: string;
  readonly reach: string;
  readonly when: string;
}

/** Characters of each part at most. */
export const CONTACT_LENGTH: Readonly<Record<keyof Contact, number>> = { name: 40, reach: 120, when: 120 };
