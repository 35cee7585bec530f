export { Front, type Readiness } from './front.ts';
export { runService } from './run.ts';
export { goneSettings, unknownSettings } from './unknown.ts';
export { tlsIn, tlsSettings, type Tls } from './tls.ts';
export { listenError, processSettings, type ProcessSettings } from './settings.ts';
