import { answers } from './answers.ts';
import { archives } from './archives.ts';
import { documents } from './documents.ts';
import { doors } from './doors.ts';
import { elsewhere } from './elsewhere.ts';
import { layers } from './layers.ts';
import { listings } from './listings.ts';
import { packages } from './packages.ts';

export { patience } from './answers.ts';

/** The collection, one group after the other. */
export const groups = [doors, listings, answers, elsewhere, documents, layers, archives, packages];
