import type { FuzzTarget } from '../target.ts';
import { documentTargets } from './documents.ts';
import { doorTargets } from './doors.ts';
import { honest } from './honest.ts';
import { imageTargets } from './images.ts';
import { lies } from './lies.ts';
import { questionTargets } from './questions.ts';
import { reports } from './reports.ts';
import { tokens } from './tokens.ts';

export const targets = [
  ...documentTargets,
  ...imageTargets,
  lies,
  honest,
  reports,
  ...doorTargets,
  tokens,
  ...questionTargets,
] as unknown as readonly FuzzTarget[];
