/** What was written, the newest at the end. New lines are read out politely; how far one's own has come is there to be looked up. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Line } from '../../call/text/conversation';
import { words } from '../../words';
import { together } from '../../words/english';
import { ServiceCard } from './ServiceCard';

interface Props {
  readonly lines: readonly Line[];
  /** The connection to the service is lost. */
  readonly waiting: boolean;
}

/** As near to the end as counts as the end, pixels. */
const END = 40;

export function Log({ lines, waiting }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    // Whoever has scrolled back to read is left there.
    if (list.current && atEnd.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines]);
  const follow = ({ currentTarget: { scrollHeight, scrollTop, clientHeight } }: { currentTarget: HTMLElement }) => {
    atEnd.current = scrollHeight - scrollTop - clientHeight < END;
  };
  return (
    <>
      {lines.length === 0 && <p class="small">{words.written.empty}</p>}
      {/* There before the first line, so that the first is read out as well; scrolled by the keys. */}
      <div
        class="written"
        role="log"
        aria-label={words.written.log}
        aria-relevant="additions"
        {...(lines.length > 0 && { tabIndex: 0 })}
        ref={list}
        onScroll={follow}
        data-written
      >
        <ol class="written__lines">
          {lines.map((line) => (
            <li key={line.key} class={line.by === undefined ? 'written__line written__line--own' : 'written__line'}>
              <span class="written__by">{nameOf(line)}</span>
              <Words line={line} />
              {line.by === undefined && (
                <span class="written__state" data-state={line.state}>
                  {stateOf(line, waiting)}
                </span>
              )}
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}

function Words({ line: { by, content } }: { readonly line: Line }) {
  switch (content.kind) {
    case 'text':
      return <span class="written__text">{content.text}</span>;
    case 'tap':
      return <span class="written__text">{words.written.tap[content.tap]}</span>;
    case 'card':
      return <ServiceCard card={content.card} own={by === undefined} />;
  }
}

function nameOf({ by }: Line): string {
  if (by === undefined) return words.written.you;
  return by.role === 'caller' ? words.written.caller : words.written.person(by.name, words.roles[by.role]);
}

function stateOf({ state, missing }: Line, waiting: boolean): string {
  const text = words.written.state;
  if (state === 'came' || state === 'arrived') return text.arrived;
  if (state === 'unsent') return text.unsent;
  if (waiting) return text.waiting;
  const names = missing.map((one) => (one.role === 'caller' ? words.written.theCaller : one.name));
  return names.length === 0 ? text.going : words.written.notYet(together(names));
}
