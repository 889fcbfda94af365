/** Carries requests for credentials to the authority, and what it signed back, as two files. */
import { useState } from 'preact/hooks';
import type { OfficeAnswer, OfficeRequest, SignedCredentials } from '../../proto';
import { words } from '../../words/console';

interface Props {
  readonly wanting: number;
  readonly act: (ask: OfficeRequest) => Promise<OfficeAnswer | undefined>;
}

export function Credentials({ wanting, act }: Props) {
  const text = words.desk.office.credentials;
  const [said, setSaid] = useState('');
  const save = async (): Promise<void> => {
    const answer = await act({ ask: 'credential_requests' });
    if (answer?.answer !== 'credential_requests') return;
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(answer.file, null, 2)}\n`]));
    Object.assign(document.createElement('a'), { href: url, download: 'credential-requests.json' }).click();
    URL.revokeObjectURL(url);
  };
  const take = async (event: Event): Promise<void> => {
    const input = event.currentTarget as HTMLInputElement;
    const content = await input.files?.[0]?.text();
    input.value = '';
    if (content === undefined) return;
    const credentials = credentialsOf(content);
    if (!credentials) return setSaid(text.notAFile);
    const answer = await act({ ask: 'take_credentials', credentials });
    if (answer?.answer === 'taken') setSaid(text.taken(answer.taken, answer.refused));
  };
  return (
    <section class="panel" aria-labelledby="credentials">
      <h2 class="panel__title" id="credentials">
        {text.title}
      </h2>
      <p data-wanting={wanting}>{text.wanting(wanting)}</p>
      <p class="small">{text.lead}</p>
      <div class="buttons">
        <button type="button" class="button" disabled={wanting === 0} onClick={() => void save()}>
          {text.save}
        </button>
      </div>
      <label class="field__label" for="signed">
        {text.take}
      </label>
      <input class="field__input" type="file" id="signed" accept=".json" onChange={(event) => void take(event)} />
      <p class="small" role="status">
        {said}
      </p>
    </section>
  );
}

function credentialsOf(text: string): string[] | undefined {
  try {
    const { quietline, credentials } = JSON.parse(text) as SignedCredentials;
    const holds = quietline === 'credentials v1' && credentials.every((credential) => typeof credential === 'string');
    return holds ? credentials : undefined;
  } catch {
    return undefined;
  }
}
