/** Real speech: prompts of Debian's asterisk-core-sounds-en-g722 (CC BY-SA 3.0) as 48 kHz mono WAV files. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { keep } from './paths.mjs';
import { run, start } from './processes.mjs';

/** Where the package puts them, and the name by which Debian's alternatives offer them, which is not on every machine. */
const FOLDERS = ['/usr/share/asterisk/sounds/en_US_f_Allison', '/usr/share/asterisk/sounds/en'];
const PROMPTS = FOLDERS.find((folder) => existsSync(folder)) ?? FOLDERS[0];

/** Two different texts, so that a direction that hears itself is found out. About 16 s each. */
const TEXTS = {
  caller: ['demo-abouttotry'],
  counsellor: ['tt-monkeys', 'demo-nogo'],
};

/** How long one text is, seconds: the same for both. */
export const LENGTH_S = 16;

/**
 * The WAV file of a text: peak at -3 dBFS, half a second of silence before and after.
 * @param {keyof TEXTS} who
 */
export async function speech(who) {
  const folder = join(keep, 'speech');
  const file = join(folder, `${who}.wav`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const inputs = TEXTS[who].flatMap((prompt) => ['-f', 'g722', '-i', join(PROMPTS, `${prompt}.g722`)]);
    const joined = `concat=n=${TEXTS[who].length}:v=0:a=1,atrim=0:${LENGTH_S - 1},aresample=48000`;
    const peak = await loudest(inputs, joined);
    const level = `volume=${-3 - peak}dB,adelay=500,apad=whole_dur=${LENGTH_S}`;
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
