/** Real speech: prompts of Debian's asterisk-core-sounds-en-g722 (CC BY-SA 3.0) as 48 kHz mono WAV files. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keep } from './paths.mjs';
import { run, start } from './processes.mjs';

/** Where the package puts them, and the name by which Debian's alternatives offer them, which is not on every machine. */
const FOLDERS = ['/usr/share/asterisk/sounds/en_US_f_Allison', '/usr/share/asterisk/sounds/en'];
const PROMPTS = FOLDERS.find((folder) => existsSync(folder)) ?? FOLDERS[0];

/** How long one text is, seconds: the same for both. */
const LENGTH_S = 16;

/** The texts of each length: two that differ, so that a direction that hears itself is found out. */
const TEXTS = {
  whole: { length_s: LENGTH_S, caller: ['demo-abouttotry'], counsellor: ['tt-monkeys', 'demo-nogo'] },
  /** One segment that is scored. */
  brief: { length_s: 6, caller: ['demo-abouttotry'], counsellor: ['demo-nogo'] },
};

/**
 * The WAV file of a text: peak at -3 dBFS, half a second of silence before and after.
 * @param {'caller' | 'counsellor'} who
 * @param {keyof TEXTS} length
 */
export async function speech(who, length = 'whole') {
  const folder = join(keep, 'speech');
  const file = join(folder, `${who}-${length}.wav`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const { [who]: prompts, length_s } = TEXTS[length];
    const inputs = prompts.flatMap((prompt) => ['-f', 'g722', '-i', join(PROMPTS, `${prompt}.g722`)]);
    const joined = `concat=n=${prompts.length}:v=0:a=1,atrim=0:${length_s - 1},aresample=48000`;
    const peak = await loudest(inputs, joined);
    const level = `volume=${-3 - peak}dB,adelay=500,apad=whole_dur=${length_s}`;
    const output = ['-ac', '1', '-c:a', 'pcm_s16le', '-y', file];
    await run('ffmpeg', ['-nostdin', '-v', 'error', ...inputs, '-filter_complex', `${joined},${level}`, ...output]);
  }
  return file;
}

/** The loudest sample, dBFS. ffmpeg says it among its log lines. */
async function loudest(inputs, filter) {
  const args = ['-nostdin', '-hide_banner', ...inputs, '-filter_complex', `${filter},volumedetect`, '-f', 'null', '-'];
  const ffmpeg = start('ffmpeg', args);
  await ffmpeg.exited;
  const found = /max_volume: (-?[\d.]+) dB/.exec(ffmpeg.printed.stderr);
  if (!found) throw new Error(`ffmpeg could not read the speech: ${ffmpeg.printed.stderr}`);
  return Number(found[1]);
}
