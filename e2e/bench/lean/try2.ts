import 'reflect-metadata';
import { measureLean } from './measure.ts';
console.log(JSON.stringify(await measureLean(Number(process.argv[2] ?? 20000)), null, 1));
process.exit(0);
