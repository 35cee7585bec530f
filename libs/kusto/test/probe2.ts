import { Asked, catalogue, now } from './asked.ts';
import { translate } from '../src/translate.ts';
const asked = await Asked.open();
for (const n of [4, 8, 12, 16]) {
  const q = `things ${'| summarize n = sum(n) by id '.repeat(n)}`;
  let b = performance.now(); const t = translate(q, catalogue, { now, page: { limit: 10, offset: 0, mostBytes: 1e6 } }); console.log(n, 'translate', Math.round(performance.now() - b), t.rows.sql.length);
  b = performance.now(); await (asked as any).connection.runAndReadAll('explain ' + t.rows.sql, { ...t.rows.parameters }); console.log(n, 'plan', Math.round(performance.now() - b));
  if (n === 4) console.log(t.rows.sql);
}
