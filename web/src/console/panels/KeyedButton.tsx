/** A button that shows the key which does the same. */
import type { ComponentChildren, RefObject } from 'preact';

interface Props {
  readonly kind: 'main' | 'plain' | 'quiet';
  readonly letter: string;
  readonly label: string;
  readonly onPress: () => void;
  /** For one of several of which one holds: whether it is this. */
  readonly pressed?: boolean;
  readonly button?: RefObject<HTMLButtonElement | null>;
  readonly children?: ComponentChildren;
}

export function KeyedButton({ kind, letter, label, onPress, pressed, button, children }: Props) {
  return (
    <button
      type="button"
      class={`button button--${kind}`}
      aria-keyshortcuts={letter}
      onClick={onPress}
      data-key={letter}
      {...(pressed === undefined ? {} : { 'aria-pressed': pressed })}
      {...(button ? { ref: button } : {})}
    >
      {children}
      {label}
      <span aria-hidden="true">
        <kbd>{letter}</kbd>
      </span>
    </button>
  );
}
