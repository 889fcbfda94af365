/** The words that the pages show. One language today; `Words` is what another must provide. */
import { en } from './en';

export type Words = typeof en;

export const words: Words = en;
