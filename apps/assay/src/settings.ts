import { declaredDebug, declaredHome, declaredToken, group, text } from '@assay/settings';

/** The suite that a command works on. */
export const clientSettings = group({
  url: text('ASSAY_URL', {
    task: 'Use the command line',
    summary:
      'Address of a suite elsewhere, behind its ingress, for commands without `--data`. `ASSAY_API_TOKEN` is a token ' +
      'of that suite.',
  }),
  token: declaredToken,
});

/** Every command. */
export const shellSettings = group({ home: declaredHome, debug: declaredDebug });
