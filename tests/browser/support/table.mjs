/** Prints the numbers of the last run as a table. */
import { existsSync, readFileSync } from 'node:fs';
import { FILE } from './report.mjs';

const rows = existsSync(FILE) ? readFileSync(FILE, 'utf8').trim().split('\n').map(JSON.parse) : [];
const speech = rows
  .filter(({ what }) => what === 'speech')
  .flatMap(({ call, toCounsellor, toCaller }) =>
    Object.entries({ toCounsellor, toCaller })
      .filter(([, heard]) => heard)
      .map(([who, { pesq_wb, stoi, delay_ms }]) => ({ call, heard_by: who, pesq_wb, stoi, delay_ms })),
  );
if (speech.length > 0) console.table(speech);
for (const { what, ...figures } of rows.filter((row) => row.what !== 'speech')) {
  const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  console.log(`${what}: ${told.join(', ')}`);
}
