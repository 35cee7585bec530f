import type { ReactElement } from 'react';
import { Copy } from '../../components/copy.tsx';
import { Digest } from '../../components/digest.tsx';
import { Card, Facts, Section } from '../../components/facts.tsx';
import { durationText, numberText } from '../../text/format.ts';
import { Name } from '../../text/name.tsx';
import { Ago } from '../../text/time.tsx';
import { texts } from '../../texts.ts';
import type { PlacedImage } from './placement.ts';

const words = texts.evidence;

/** By which scanner, database and witness the image was assessed. */
export const Evidence = ({ of }: { readonly of: PlacedImage }): ReactElement | null => {
  const { scanner, database, evidence, driver, scanMs, pullMs } = of;
  if (scanner === undefined && database === undefined) return null;
  const { system = [], languages = [], unsourced = [] } = evidence?.uncovered ?? {};
  const uncovered = [system, languages, unsourced].flat();
  return (
    <Section id="evidence" title={words.title}>
      <Card>
        <Facts
          of={[
            [
              words.scanner,
              scanner === undefined ? undefined : (
                <>
                  <Name of={`${scanner.name} ${scanner.version}`} /> <Digest of={scanner.digest} />
                  <Copy text={scanner.digest} />
                </>
              ),
            ],
            [
              words.database,
              database === undefined ? undefined : (
                <>
                  <Ago at={database.builtAt} /> {words.old} <Digest of={database.digest} />
                  {database.demonstration ? ` · ${words.demonstration}` : ''}
                </>
              ),
            ],
            [words.packages, evidence?.inventory === undefined ? undefined : numberText(evidence.inventory.packages)],
            [
              words.witness,
              evidence?.witness === undefined
                ? undefined
                : evidence.witness.disagreements.length === 0
                  ? words.agrees(evidence.witness.packages ?? 0)
                  : words.disagrees(evidence.witness.disagreements.length),
            ],
            [words.uncovered, uncovered.length === 0 ? undefined : <Name of={uncovered.join(', ')} />],
            [words.sandbox, driver === undefined ? undefined : <Name of={driver} />],
            [words.scan, scanMs === undefined ? undefined : durationText(scanMs)],
            [words.pull, pullMs === undefined ? undefined : durationText(pullMs)],
          ]}
        />
      </Card>
    </Section>
  );
};
