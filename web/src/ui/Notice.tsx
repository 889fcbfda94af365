/** A calm note beside what goes on. Read out politely when it appears. */
import type { ComponentChildren } from 'preact';

export function Notice({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="notice" role="status">
      {children}
    </div>
  );
}
