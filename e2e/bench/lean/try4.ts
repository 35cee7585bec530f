import 'reflect-metadata';
import { setTimeout as pause } from 'node:timers/promises';
import { decode } from '@assay/events';
import { LeanSuite } from './suite.ts';
import { basesOf } from './bases.ts';
import { imagesOf } from './made.ts';
import { prepared } from './measure.ts';
const bases = await basesOf();
const images = imagesOf(3000, bases);
const suite = await LeanSuite.start(images, bases);
await prepared(suite, images);
for (let n = 0; n < 3; n += 1) {
  await pause(4000);
  for (const topic of [
    'scan.approved',
    'scan.declined',
    'scan.completed',
    'finding.classified',
    'usage.charged',
    'vulnerability.described',
    'operator.acted',
  ]) {
    const kinds: Record<string, number> = {};
    const parts = topic === 'vulnerability.described' || topic === 'operator.acted' ? 1 : suite.log.partitions;
    for (let p = 0; p < parts; p += 1)
      for await (const { records } of suite.log.read(topic, p, 0, await suite.log.end(topic, p)))
        for (const record of records) {
          const d = decode(topic, record);
          const k = d.kind === 'event' ? d.event.topic : d.kind;
          kinds[k] = (kinds[k] ?? 0) + 1;
          if (topic === 'operator.acted' && n === 0) console.log(record.value.slice(0, 300));
        }
    console.log(topic, kinds);
  }
}
process.exit(0);
