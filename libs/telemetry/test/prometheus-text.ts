/** One line with a value. */
export interface Sample {
  readonly name: string;
  /** The name without `_bucket`, `_sum` and `_count` of a histogram. */
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricsText {
  readonly families: ReadonlyMap<string, { readonly type: string; readonly help: string }>;
  readonly samples: readonly Sample[];
}

const escapes: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

const labelsIn = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {};
  const one = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/y;
  while (one.lastIndex < text.length) {
    const match = one.exec(text);
    if (!match) throw new SyntaxError(`labels: ${text}`);
    const [, name = '', value = ''] = match;
    if (name in labels) throw new SyntaxError(`the label ${name} stands twice: ${text}`);
    labels[name] = value.replaceAll(/\\./g, (escaped) => escapes[escaped] ?? escaped);
  }
  return labels;
};

const valueIn = (text: string): number => {
  const known: Readonly<Record<string, number>> = { '+Inf': Infinity, '-Inf': -Infinity, NaN };
  const value = known[text] ?? Number(text);
  if (text === '' || (Number.isNaN(value) && text !== 'NaN')) throw new SyntaxError(`value: ${text}`);
  return value;
};

/**
 * Parses the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). It uses nothing of the program under test.
 *
 * @throws SyntaxError for a line that is none, a sample without its family, or a series that stands twice
 */
export const parsed = (text: string): MetricsText => {
  const families = new Map<string, { type: string; help: string }>();
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(line);
    if (comment) {
      const [, what, name = '', rest = ''] = comment;
      const family = families.get(name) ?? { type: 'untyped', help: '' };
      families.set(name, what === 'TYPE' ? { ...family, type: rest } : { ...family, help: rest });
      continue;
    }
    if (line.startsWith('#')) continue;
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!sample) throw new SyntaxError(`line: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const series = line.slice(0, line.lastIndexOf(' '));
    if (seen.has(series)) throw new SyntaxError(`the series stands twice: ${series}`);
    seen.add(series);
    const bare = name.replace(/_(bucket|sum|count)$/, '');
    const family = families.get(bare)?.type === 'histogram' ? bare : name;
    if (!families.has(family)) throw new SyntaxError(`no TYPE before ${name}`);
    samples.push({ name, family, labels: labelsIn(labels), value: valueIn(value) });
  }
  return { families, samples };
};
