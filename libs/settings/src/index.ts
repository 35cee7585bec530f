export { isAboutSetting, pemIn, SettingError } from './error.ts';
export {
  derived,
  flag,
  group,
  list,
  optionalNumber,
  setting,
  tasks,
  text,
  wholeNumber,
  type Declaration,
  type Env,
  type Settings,
  type ValueOf,
} from './setting.ts';
export { everySetting, type KnownSetting } from './catalogue.ts';
export { helpOf, settingsHelp } from './help.ts';
export { declaredBrokers, declaredKafka } from './kafka.ts';
export { declaredRedis, declaredRedisPlace } from './redis.ts';
export { declaredBlobs, declaredSnapshots } from './blobs.ts';
export { declaredAccess, declaredPublicBase, declaredRate, declaredSigningKey, declaredToken } from './access.ts';
export {
  declaredDebug,
  declaredHome,
  declaredLogLevel,
  declaredMetricsPort,
  declaredPartitions,
  declaredProcess,
  declaredTls,
} from './service.ts';
export { jsonList } from './json-list.ts';
