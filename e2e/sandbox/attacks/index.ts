import type { Attack } from '../attack.ts';
import { files } from './files.ts';
import { kernel } from './kernel.ts';
import { network } from './network.ts';
import { processes } from './processes.ts';
import { resources } from './resources.ts';

export const attacks: readonly Attack[] = [...files, ...network, ...kernel, ...processes, ...resources];
