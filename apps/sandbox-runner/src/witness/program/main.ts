// The witness: reads the layers of one image in a sandbox, and prints what package databases it finds. It has no
// access to anything but its input, and keeps nothing.
import { readFileSync, writeSync } from 'node:fs';
import { readImage } from './read-image.ts';
import type { WitnessLine, WitnessTask } from './answer.ts';

const [input = '/input'] = process.argv.slice(2);

// Straight to the descriptor: Node finds out the kind of its output by calls that the sandbox refuses, and then drops
// what is written.
const print = (line: WitnessLine): void => {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  for (let written = 0; written < bytes.length;) written += writeSync(1, bytes, written);
};

const task = JSON.parse(readFileSync(`${input}/task.json`, 'utf8')) as WitnessTask;
await readImage(task, input, print);
