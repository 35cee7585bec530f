export { assessmentKey } from './azure.ts';
export { View, followedTopics, type ViewOptions } from './read-model.ts';
