export { Front, type Readiness } from './front.ts';
export { runService } from './run.ts';
export { processSettings, type ProcessSettings } from './settings.ts';
