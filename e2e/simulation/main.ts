// Where what is decided by decorators is kept.
import 'reflect-metadata';
import { runSchedule } from './schedule.ts';
import { seedOf } from './world/random.ts';
const [n, seed, trace] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 1), process.argv[4]];
const began = performance.now();
let steps = 0;
for (let i = 0; i < n; i++) {
  const outcome = await runSchedule({ seed: seedOf(seed, i), line: trace ? (l) => console.log(l) : undefined });
  steps += outcome.steps;
  if (outcome.broken.length) { console.log(i, outcome.seed, outcome.broken); break; }
  if (n < 5) console.log(outcome);
}
console.log(((performance.now() - began) / n).toFixed(2), 'ms each', steps / n, 'steps each');
