// Where what is decided by decorators is kept.
import 'reflect-metadata';
import { runSchedule } from './schedule.ts';
import { seedOf } from './world/random.ts';
import { mutants } from './mutants/mutants.ts';
import { Tally } from './world/tally.ts';
const [n, seed, m, trace] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 1), process.argv[4], process.argv[5]];
const began = performance.now();
const cpu = process.cpuUsage();
let steps = 0;
const tally = new Tally();
const groups = new Map<string, { count: number; seed: number; detail: string; steps: number }>();
for (let i = 0; i < n; i++) {
  const outcome = await runSchedule({ seed: seedOf(seed, i), mutant: mutants.find(({ name }) => name === m), line: trace ? (l) => console.log(l) : undefined });
  steps += outcome.steps;
  tally.add(outcome.counts);
  const b = outcome.broken[0];
  if (b) {
    const name = b.invariant + ' | ' + b.detail.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID').replace(/sha256:[0-9a-f]+/g, 'D').replace(/\d+/g, 'N').slice(0, 110);
    const g = groups.get(name);
    if (!g) groups.set(name, { count: 1, seed: outcome.seed, detail: b.detail, steps: outcome.steps });
    else { g.count++; if (outcome.steps < g.steps) { g.seed = outcome.seed; g.detail = b.detail; g.steps = outcome.steps; } }
  }
  if (n < 3) console.log(outcome);
  await new Promise(setImmediate);
}
for (const [name, g] of [...groups].sort((a, b) => b[1].count - a[1].count)) console.log(g.count, g.seed, g.steps, name, '\n      ', g.detail.slice(0, 600));
const { user, system } = process.cpuUsage(cpu);
if (n > 10) console.log(Object.entries(tally.counts).sort().map(([k, v]) => `${k}: ${v}`).join(', '));
console.log(((performance.now() - began) / n).toFixed(2), 'ms each', ((user + system) / 1000 / n).toFixed(2), 'cpu ms each', steps / n, 'steps each');
