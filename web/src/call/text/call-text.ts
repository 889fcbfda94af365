/** Writing in whichever call a page is in, with what is typed and not sent. */
import type { CallText } from '../api';
import type { Conversation } from './conversation';
import type { Tap } from './message';

export class TextOfCall implements CallText {
  draft = '';

  constructor(private readonly conversation: () => Conversation | undefined) {}

  write(text: string): boolean {
    return this.conversation()?.write(text) ?? false;
  }

  tap(tap: Tap): boolean {
    return this.conversation()?.tap(tap) ?? false;
  }
}
