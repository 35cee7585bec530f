export { assessmentKey } from './azure.ts';
export { measuredKnowledge } from './measured.ts';
export { View, followedTopics, type ViewOptions } from './read-model.ts';
