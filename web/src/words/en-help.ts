/** The English words of requests for help that nobody sees to yet. */
import { duration } from './english';

export const helpAlert = {
  label: 'Help to which nobody sees yet',
  asks: (name: string) => `${name} asks for help`,
  unheard: (name: string) => `${name} asks for help, and nobody has come yet`,
  since: (seconds: number) => `for ${duration(seconds)}`,
  everybody: (seconds: number) => `In ${duration(seconds)} everybody who can help is asked again, with a louder sound.`,
  escalated: 'Every clinician and supervisor who is not in a call is asked, also those on a break.',
  take: (name: string) => `I will see to ${name}`,
  failed: 'The service could not be reached: nobody was told that you see to it. Choose it again.',
  /** To the one who asked. */
  louder:
    'Nobody has seen to it for half a minute. Everybody who can help is asked again, louder. The caller notices nothing.',
};
