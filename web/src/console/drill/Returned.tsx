/** Says that this tab came back from a drill by itself, until it is read. */
import { Notice } from '../../ui/Notice';
import { useView } from '../../ui/store';
import { words } from '../../words/console';
import { usePractice } from './practice';

export function Returned() {
  const practice = usePractice();
  const { over } = useView(practice);
  if (over === undefined) return null;
  return (
    <div class="drill__returned" data-over={over}>
      <Notice>
        <p>{words.desk.drill.over[over]}</p>
        <button type="button" class="button" onClick={() => practice.read()}>
          {words.desk.drill.read}
        </button>
      </Notice>
    </div>
  );
}
