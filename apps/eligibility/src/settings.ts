import { accessSettings, rateSettings } from '@assay/http';
import { group } from '@assay/settings';

export const eligibilitySettings = group({ caller: accessSettings, rate: rateSettings });
