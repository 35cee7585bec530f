export { assessmentKey } from './placement/azure.ts';
export { measuredView, parkedByView } from './view/measured.ts';
export { View, type ViewOptions } from './view/view.ts';
