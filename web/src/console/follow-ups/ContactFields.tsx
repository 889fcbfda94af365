/** How the caller is reached, where they want that: taken down only when they have said so. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { CONTACT_LENGTH, type Contact } from '../../e2ee/contact-form';
import { words } from '../../words/console';

interface Props {
  readonly desk: StaffDesk;
  readonly contact: Contact;
  readonly onChange: (contact: Contact) => void;
}

export function ContactFields({ desk, contact, onChange }: Props) {
  const text = words.desk.followUps.contact;
  const id = useId();
  const [readers, setReaders] = useState<readonly string[]>();
  useEffect(() => {
    desk.contacts.readers().then(setReaders, () => setReaders(undefined));
  }, [desk]);
  return (
    <>
      <p class="small" role="status">
        {readers === undefined ? text.looking : readers.length === 0 ? text.nobody : text.readers(readers)}
      </p>
      {(['name', 'reach', 'when'] as const).map((part) => (
        <div key={part} class="field">
          <label class="field__label" for={`${id}-${part}`}>
            {text.fields[part]}
          </label>
          <input
            class="field__input"
            id={`${id}-${part}`}
            type="text"
            autocomplete="off"
            spellcheck={false}
            required={part === 'reach'}
            maxLength={CONTACT_LENGTH[part]}
            value={contact[part]}
            onInput={(event) => onChange({ ...contact, [part]: event.currentTarget.value })}
          />
        </div>
      ))}
    </>
  );
}
