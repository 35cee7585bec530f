export { pushLayout, type Pushed, type PushTarget } from './push.ts';
export { startLocalRegistry, type LocalRegistry, type LocalRegistryOptions } from './server.ts';
export type { Webhook } from './webhook.ts';
