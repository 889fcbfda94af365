/**
 * One room as either side lives it, a call or a consultation: frame encryption, media leg and MLS group, tied together by two rules.
 * The microphone's track goes to the leg only when the call is answered, the worker has confirmed its key, and nobody is kept on hold.
 * An epoch change makes before it breaks: the new key opens at once and seals when all who stay have it.
 */
import type { Epoch, FrameCrypto, Member, Refusal, RoomKind, SafetyWords } from '../e2ee/api';
import type { Leg, LegRequest, LogEntry, MlsMessage, Participant, Said } from '../proto';
import type { Link, Trouble } from './api';
import { CallGroup, type Change } from './group';
import { mark } from './marks';
import { Media } from './media';
import { Sealing } from './sealing';
import { slotOfLeaf } from './seats';
import type { Surroundings } from './surroundings';
import { Conversation, type ConversationView, noConversation } from './text/conversation';

/** What of a session the page shows. */
export interface SessionView {
  readonly media: Link;
  readonly members: Epoch['members'];
  readonly words: readonly string[] | undefined;
  readonly hearing: boolean;
  /** What is written, and who holds. */
  readonly conversation: ConversationView;
}

export const noSession: SessionView = {
  media: 'connecting',
  members: [],
  words: undefined,
  hearing: false,
  conversation: noConversation,
};

/** Their person talks beside the call, or has put the caller on hold. */
export type Hold = 'beside' | 'hold';

/** How long those who stay are waited for before the new key seals, ms: where somebody has come, and where somebody has left. */
const PATIENCE_MS = { added: 2_000, removed: 500 };

export interface SessionOptions {
  readonly slot: number;
  readonly room?: RoomKind;
  readonly around: Pick<Surroundings, 'clock' | 'chance' | 'newLeg' | 'shown'>;
  readonly frames: FrameCrypto;
  readonly audio: MediaStream;
  readonly newMember: () => Promise<Member>;
  readonly newWords: (epoch: Epoch, authenticator: Uint8Array) => Promise<SafetyWords>;
  readonly askLeg: (request: LegRequest) => Promise<Leg>;
  readonly sendMls: (message: MlsMessage) => Promise<void>;
  /** Hands over what is kept nowhere, in base64. */
  readonly say: (message: string) => Promise<void>;
  readonly publish: (keyPackage: string) => Promise<void>;
  readonly changed: (view: SessionView) => void;
  readonly trouble: (trouble: Trouble, refusal?: string) => void;
}

export class CallSession {
  readonly group: CallGroup;
  readonly conversation: Conversation;
  private media: Media | undefined;
  private view: SessionView = noSession;
  private participants: readonly Participant[] = [];
  private keyed = false;
  private answered = false;
  /** Why nothing of this room is heard here, and nothing from here there. */
  private readonly holds = new Set<Hold>();
  /** The slots of those of whom sound was opened, in this epoch or, where they stay, in one before. */
  private heard = new Set<number>();
  private readonly sealing: Sealing;
  private track: MediaStreamTrack | undefined;
  private closed = false;

  constructor(private readonly options: SessionOptions) {
    const { slot, room = 'call', around, newMember, newWords, frames } = options;
    this.sealing = new Sealing({
      clock: around.clock,
      seal: (epoch) => {
        mark('keys-sealing');
        // A worker that has broken has told it by itself.
        void frames.sealWith(epoch).catch(() => {});
      },
    });
    this.conversation = new Conversation({
      clock: around.clock,
      send: (data) => this.group.pass(data),
      changed: (conversation) => {
        this.view = { ...this.view, conversation };
        this.options.changed(this.view);
      },
    });
    this.group = new CallGroup({
      slot,
      room,
      newMember,
      newWords,
      send: options.sendMls,
      pass: options.say,
      told: (from, data) => this.conversation.receive(from, data),
      publish: options.publish,
      install: (change) => this.install(change),
      said: (epoch, leaf) => this.sealing.heard(epoch, leaf),
      shown: around.shown,
      changed: () => this.show(),
      refused: (refusal: Refusal) => options.trouble('server-misbehaved', refusal.code),
    });
    frames.onFirstFrame = (from, epoch) => this.firstFrame(from, epoch);
    frames.onFailure = () => options.trouble('internal');
  }

  /** Connects the media leg: done long before anyone answers. */
  openMedia(): void {
    if (this.media || this.closed) return;
    const { around, audio, slot, frames, askLeg, trouble } = this.options;
    this.media = new Media({
      clock: around.clock,
      chance: around.chance,
      audio,
      makeLeg: (changed) => around.newLeg({ slot, frames, ask: askLeg, changed }),
      changed: (media) => {
        if (media === 'up') mark('leg-up');
        this.view = { ...this.view, media };
        this.options.changed(this.view);
      },
      unreachable: () => trouble('media-unreachable'),
    });
    this.media.silence(this.held);
    void this.feed();
  }

  /** The call is answered: from now on the microphone may be heard. */
  async answer(): Promise<void> {
    this.answered = true;
    await this.feed();
  }

  /** On hold nothing of this room is heard here and nothing from here is heard there. Resolves when that is so. */
  async hold(why: Hold, on: boolean): Promise<void> {
    if (this.holds.has(why) === on) return;
    if (on) this.holds.add(why);
    else this.holds.delete(why);
    this.media?.silence(this.held);
    await this.feed();
  }

  private get held(): boolean {
    return this.holds.size > 0;
  }

  async setTrack(track: MediaStreamTrack | undefined): Promise<void> {
    this.track = track;
    await this.feed();
  }

  seat(participants: readonly Participant[]): void {
    this.participants = participants;
    this.group.seat(participants);
  }

  receive(entry: LogEntry): void {
    this.group.receive(entry);
  }

  hear(said: Said): void {
    this.group.hear(said);
  }

  /** The connection to the server is back. */
  wake(): void {
    this.conversation.wake();
    this.media?.wake();
  }

  /** The network may have changed. */
  networkChanged(): void {
    this.media?.refresh();
  }

  close(): void {
    this.closed = true;
    this.sealing.cancel();
    this.group.close();
    this.conversation.close();
    this.media?.close();
    this.options.frames.onFirstFrame = undefined;
    this.options.frames.onFailure = undefined;
    this.options.frames.close();
  }

  private async install({ epoch, goesOn, added, removes }: Change): Promise<void> {
    const { frames, slot } = this.options;
    const me = epoch.members.find((member) => member.me);
    if (!me) throw new RangeError('this page is not in its own group');
    const slots = slotOfLeaf(epoch.members, this.participants, slot);
    const stay = epoch.members.filter(({ leaf, me }) => !me && !added.includes(slots.get(leaf) ?? slot));
    const news = epoch.members.filter(({ leaf }) => added.includes(slots.get(leaf) ?? slot)).map(({ leaf }) => leaf);
    const there = new Set(stay.map(({ leaf }) => slots.get(leaf)));
    this.heard = new Set(goesOn ? [...this.heard].filter((one) => there.has(one)) : []);
    this.view = { ...this.view, hearing: this.heard.size > 0 };
    // Where nobody stays who could hear the old key, the new one seals at once.
    const later = goesOn && stay.length > 0;
    await frames.setEpoch(epoch.epoch, epoch.baseKey, me.leaf, slots, later ? 'later' : 'now');
    this.keyed = true;
    mark('keys-installed');
    this.conversation.enter(epoch.members, news);
    this.show();
    if (later) {
      const leaves = stay.map(({ leaf }) => leaf);
      this.sealing.await(epoch.epoch, leaves, removes ? PATIENCE_MS.removed : PATIENCE_MS.added);
    } else {
      this.sealing.cancel();
    }
    await this.feed();
  }

  private async feed(): Promise<void> {
    const track = this.keyed && this.answered && !this.held ? this.track : undefined;
    await this.media?.send(track ?? null);
  }

  private firstFrame(from: number, epoch: bigint): void {
    mark('first-frame');
    if (epoch !== this.group.epoch?.epoch) return;
    this.heard.add(from);
    this.view = { ...this.view, hearing: true };
    this.options.changed(this.view);
  }

  private show(): void {
    this.view = { ...this.view, members: this.group.members, words: this.group.words };
    this.options.changed(this.view);
  }
}
