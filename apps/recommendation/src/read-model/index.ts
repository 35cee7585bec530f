export { assessmentKey } from './azure.ts';
export { measuredView, parkedByView } from './measured.ts';
export { View, followedTopics, type ViewOptions } from './read-model.ts';
