import { accessSettings, rateSettings } from '@assay/http';
import { networkSettings, registriesSetting } from '@assay/registry';
import { declaredSealKeys } from '@assay/seals';
import { declaredSigningKey, group, setting, wholeNumber } from '@assay/settings';
import { defaultSources, settingName, sourcesIn } from './advisories/sources.ts';
import { declaredDiscovery } from './discovery/webhooks.ts';
import { answerWithinMs } from './domain/decider.ts';
import { gridOriginsIn } from './http/grid.controller.ts';
import { declaredPlaces } from './sealing/outside.ts';

const task = 'Watch registries';

const declaredSources = setting(
  settingName,
  {
    task: 'Scan images',
    summary:
      'Places of the vulnerability database in registries, all of which are asked, with commas between (`http://` ' +
      'before one for plain HTTP), or `off`. A place whose name ends in `java-db` has the database of Java archives; ' +
      'without one, none is taken. A place in a registry of `ASSAY_REGISTRIES` is read with its credentials.',
    default: defaultSources.map((name) => `\`${name}\``).join(', ') + ', once a database was taken from there',
    production:
      'Without it, runners have the demonstration database, which knows little more than the images of the demo, ' +
      'until `assay database update` or `import` takes another.',
  },
  sourcesIn,
);

const declaredTooOld = wholeNumber('ASSAY_DATABASE_TOO_OLD_DAYS', 7, {
  task,
  summary:
    'Age in days from which on a vulnerability database makes no image healthy. It is announced with the next ' +
    'database, and counts for that one in every service.',
  min: 1,
  max: 365,
});
const declaredStale = wholeNumber('ASSAY_DATABASE_STALE_DAYS', 14, {
  task,
  summary:
    'Age in days of a vulnerability database from which on images that are healthy by it become undetermined. It is ' +
    'announced as ASSAY_DATABASE_TOO_OLD_DAYS.',
  min: 1,
  max: 365,
});

const holdTask = { task: 'Scan images', min: 0, max: 100 } as const;

/** The consequences beyond which a newer database waits for an order. */
const declaredHold = group({
  packages: wholeNumber('ASSAY_DATABASE_HOLD_PACKAGES', 5, {
    ...holdTask,
    summary:
      'Packages of images that may lose all of their advisories by a newer vulnerability database. If more would, ' +
      'or four times as many would lose some, it waits for an order.',
  }),
  findingsPercent: wholeNumber('ASSAY_DATABASE_HOLD_FINDINGS_PERCENT', 10, {
    ...holdTask,
    summary:
      'Share of all findings that a newer vulnerability database may close before it waits for an order, without ' +
      'those of the package that loses most.',
  }),
  healthyPercent: wholeNumber('ASSAY_DATABASE_HOLD_HEALTHY_PERCENT', 5, {
    ...holdTask,
    summary:
      'Share of all images that may lose their last finding by a newer vulnerability database before it waits for ' +
      'an order. Ten may in any case.',
  }),
  weakenedPercent: wholeNumber('ASSAY_DATABASE_HOLD_WEAKENED_PERCENT', 10, {
    ...holdTask,
    summary:
      'Share of all findings that a newer vulnerability database may weaken before it waits for an order. A ' +
      'weaker finding is rated lower, or its advisory matches less.',
  }),
});

/** The settings by which a command keeps the database of a folder itself. */
export const databaseSettings = group({
  registries: registriesSetting,
  network: networkSettings,
  databaseSources: declaredSources,
  tooOldDays: declaredTooOld,
  staleDays: declaredStale,
  hold: declaredHold,
});

export const ingestionSettings = group({
  caller: accessSettings,
  rate: rateSettings,
  signingKey: declaredSigningKey,
  registries: registriesSetting,
  discovery: declaredDiscovery,
  network: networkSettings,
  sweepSeconds: wholeNumber('ASSAY_SWEEP_SECONDS', 900, {
    task,
    summary: 'Seconds between two sweeps of a registry.',
    max: 86_400,
  }),
  sweepSliceSeconds: wholeNumber('ASSAY_SWEEP_SLICE_SECONDS', 120, {
    task,
    summary:
      'Seconds in which a sweep lists a registry, and as many in which it looks up missing images. ' +
      'The next sweep goes on where it stopped.',
    max: 86_400,
  }),
  sweepDeletesPercent: wholeNumber('ASSAY_SWEEP_DELETES_PERCENT', 20, {
    task,
    summary:
      "Largest share of a registry's images that a sweep may report as deleted without `assay sweep confirm`. " +
      'Up to five are always allowed if at least as many remain.',
    max: 100,
  }),
  gridOrigins: setting(
    'ASSAY_EVENTGRID_ORIGINS',
    {
      task,
      summary: 'Origins that may complete the handshake of CloudEvents, with commas between.',
      default: '`eventgrid.azure.net`',
    },
    gridOriginsIn,
  ),
  inspectionSeconds: wholeNumber('ASSAY_INSPECTION_SECONDS', answerWithinMs / 1000, {
    task,
    summary:
      'Seconds after which a push has a result although its manifest could not be read. Ingestion still retries ' +
      'after that.',
    max: 86_400,
  }),
  seal: group({
    keys: declaredSealKeys,
    seconds: wholeNumber('ASSAY_SEAL_SECONDS', 86_400, {
      task: 'Prove what was written',
      summary: 'Seconds between two seals of the log. A month that is closed is sealed at once.',
      max: 31 * 86_400,
    }),
    places: declaredPlaces,
  }),
  databaseSources: declaredSources,
  tooOldDays: declaredTooOld,
  staleDays: declaredStale,
  hold: declaredHold,
  databaseHours: wholeNumber('ASSAY_DATABASE_HOURS', 6, {
    task: 'Scan images',
    summary: 'Hours between two looks for a newer vulnerability database.',
    max: 168,
  }),
});
