import { registryOf } from './estate.ts';
import { authorization, serving, timed } from './reads.ts';
import { median, quantile, type BenchRow } from './setting.ts';

/** Previews rules of a subscription, which has 200,000 of a million findings, and reads the audit trail. */
export const measurePreviews = async (findings: number, count: number): Promise<BenchRow[]> => {
  const scope = registryOf(0).split('/resourceGroups/', 1)[0]!;
  const cases: Readonly<Record<string, object>> = {
    'a vulnerability': { vulnerabilities: ['CVE-2026-1037'] },
    'all below high': { severityBelow: 'High' },
    // Every image changes its status.
    'all findings': { cvssBelow: 10 },
  };
  return serving(findings, {}, async (app) => {
    const rows: BenchRow[] = [];
    const row = async (what: string, request: () => Promise<{ statusCode: number; body: string }>): Promise<void> => {
      const taken = await timed(count, async () => {
        const { statusCode, body } = await request();
        if (statusCode !== 200) throw new Error(`${what}: ${statusCode} ${body}`);
      });
      const note = `p50 ${median(taken).toFixed(1)} ms`;
      rows.push({ what: `${what}, p95`, measured: quantile(taken, 0.95), unit: 'ms', target: 100, note });
    };
    for (const [name, criteria] of Object.entries(cases))
      await row(`preview of a rule about ${name}, ${findings.toLocaleString('en')} findings`, () =>
        app.inject({
          method: 'POST',
          url: '/assay/rules/bench/preview',
          headers: { authorization, 'content-type': 'application/json' },
          payload: { scope, criteria },
        }),
      );
    for (const path of ['/assay/audit', '/assay/runners', '/assay/services'])
      await row(`GET ${path}`, () => app.inject({ method: 'GET', url: path, headers: { authorization } }));
    return rows;
  });
};
