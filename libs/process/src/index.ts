export type { Service } from '@assay/event-sourcing';
