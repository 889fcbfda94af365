/** One screen: a heading that takes the focus when the screen changes, so that a screen reader says where one is. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  /** What the screen is; the focus moves when it changes. */
  readonly name: string;
  readonly title: string;
  readonly children?: ComponentChildren;
}

let shown: string | undefined;

export function Screen({ name, title, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (shown !== undefined && shown !== name) heading.current?.focus();
    shown = name;
  }, [name]);
  return (
    <section class="screen" data-screen={name}>
      <h1 class="heading" tabIndex={-1} ref={heading}>
        {title}
      </h1>
      {children}
    </section>
  );
}
