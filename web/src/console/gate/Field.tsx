/** A labelled field with its hint and, where needed, what to put right: govuk-frontend's form group. */
import type { ComponentChildren } from 'preact';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly hint: string;
  readonly problem: string | undefined;
  readonly children: ComponentChildren;
}

export function Field({ id, label, hint, problem, children }: Props) {
  return (
    <div class={problem === undefined ? 'field' : 'field field--problem'}>
      <label class="field__label" for={id}>
        {label}
      </label>
      <p class="small" id={`${id}-hint`}>
        {hint}
      </p>
      {problem !== undefined && (
        <p class="field__problem" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
      {children}
    </div>
  );
}

/** What describes a field, for its `aria-describedby`. */
export const describedBy = (id: string, problem: string | undefined): string =>
  problem === undefined ? `${id}-hint` : `${id}-hint ${id}-problem`;
