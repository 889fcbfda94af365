/** The caller is on hold: said in full, with what their page knows of it. */
import { Notice } from '../../ui/Notice';
import { words } from '../../words/console';

export function Held({ told }: { readonly told: boolean }) {
  const text = words.desk.written.hold;
  return (
    <Notice>
      <p>
        <strong data-held>{text.title}</strong>
      </p>
      <p>{text.lead}</p>
      <p data-told={told}>{told ? text.told : text.untold}</p>
    </Notice>
  );
}
