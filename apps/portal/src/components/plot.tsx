import { useId, useState, type PointerEvent, type ReactElement, type ReactNode } from 'react';
import { texts } from '../texts.ts';
import { lineParts, linearScale, secondsScale, stackOf, type Scale } from './scale.ts';
import { SmallTable } from './small-table.tsx';
import styles from './plot.module.css';

/** Colours of plots, by meaning. None is green: that is the colour of a healthy image. */
type Tone =
  | 'critical'
  | 'high'
  | 'medium'
  | 'low'
  | 'unknown'
  | 'accent'
  | 'plain'
  | 'undetermined'
  | 'waiting'
  | 'missing';

export interface Series {
  readonly key: string;
  readonly name: string;
  readonly tone: Tone;
}

interface PlotPoint {
  /** Such as a day, `2026-11-25`. */
  readonly label: string;
  /** A value for each series; undefined if there is none, which is not zero. */
  readonly values: readonly (number | undefined)[];
}

export interface PlotProps {
  readonly title: string;
  /** One sentence under the title: the answer that the plot gives. */
  readonly note?: ReactNode;
  readonly series: readonly Series[];
  readonly points: readonly PlotPoint[];
  /** `columns` are stacked from the first series up. */
  readonly kind: 'columns' | 'lines';
  /** `seconds` is a logarithmic axis of time. */
  readonly unit?: 'count' | 'seconds';
  /** Writes a value of the axis and of the table. */
  readonly format: (value: number) => string;
  /** Names the points in the table. */
  readonly pointTitle: string;
  /** A line across, such as that of a promise. */
  readonly limit?: { readonly value: number; readonly name: string };
  /** Names the sums over all points, which are shown while none is pointed at; else those of the last are. */
  readonly sums?: string;
  /** Shortens a label below the axis. */
  readonly brief?: (label: string) => string;
}

const [width, height] = [1000, 100];

/** Width of a column where there are few. */
const widest = 42;

const sumOf = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((sum, value = 0) => sum + value, 0);

const greatestOf = ({ kind, points, limit }: PlotProps): number =>
  Math.max(
    limit?.value ?? 0,
    ...points.map(({ values }) =>
      kind === 'columns' ? sumOf(values) : Math.max(0, ...values.filter((value) => value !== undefined)),
    ),
  );

const Shapes = ({ kind, series, points, scale }: PlotProps & { readonly scale: Scale }): ReactElement => {
  const room = width / Math.max(1, points.length);
  if (kind === 'lines')
    return (
      <>
        {series.map(({ key, tone }, index) =>
          lineParts(
            points.map(({ values }) => values[index]),
            scale,
          ).map((part) =>
            part.length === 1 ? (
              <line
                key={`${key} ${part[0]?.[0]}`}
                className={styles.dot}
                data-tone={tone}
                x1={(part[0]?.[0] ?? 0) * width}
                x2={(part[0]?.[0] ?? 0) * width}
                y1={(part[0]?.[1] ?? 0) * height}
                y2={(part[0]?.[1] ?? 0) * height}
              />
            ) : (
              <polyline
                key={`${key} ${part[0]?.[0]}`}
                className={styles.line}
                data-tone={tone}
                points={part.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(2)}`).join(' ')}
              />
            ),
          ),
        )}
      </>
    );
  const gap = Math.max(Math.min(room * 0.28, 10), room - widest);
  return (
    <>
      {points.map(({ label, values }, at) =>
        stackOf(values, scale).map(({ foot, height: part }, index) =>
          part === 0 ? null : (
            <rect
              key={`${label} ${series[index]?.key}`}
              className={styles.column}
              data-tone={series[index]?.tone}
              x={at * room + gap / 2}
              width={room - gap}
              y={(1 - foot - part) * height}
              height={part * height}
            />
          ),
        ),
      )}
    </>
  );
};

/** At most this many labels below the axis. */
const mostLabels = 5;

const labelled = (count: number): readonly number[] => {
  const step = Math.max(1, Math.ceil((count - 1) / (mostLabels - 1)));
  // From the last one back, for it is the one that is looked for.
  return Array.from({ length: count }, (_, index) => index).filter((index) => (count - 1 - index) % step === 0);
};

/**
 * A plot that is also a table. Pointing at it names the values of a point; without a pointer those of the last one are
 * named, and all of them are in the table.
 */
export const Plot = (props: PlotProps): ReactElement => {
  const {
    title,
    note,
    series,
    points,
    unit = 'count',
    format,
    pointTitle,
    limit,
    brief = (label) => label,
    sums,
  } = props;
  const [pointed, point] = useState<number>();
  const id = useId();
  const scale = (unit === 'seconds' ? secondsScale : linearScale)(greatestOf(props));
  const at = Math.min(pointed ?? points.length - 1, points.length - 1);
  const shown =
    pointed === undefined && sums !== undefined
      ? { label: sums, values: series.map((_, index) => sumOf(points.map(({ values }) => values[index]))) }
      : points[at];
  const move = ({ currentTarget, clientX }: PointerEvent<SVGSVGElement>): void => {
    const { left, width: room } = currentTarget.getBoundingClientRect();
    point(Math.min(points.length - 1, Math.max(0, Math.floor(((clientX - left) / room) * points.length))));
  };
  return (
    <figure className={styles.plot} aria-labelledby={id}>
      <figcaption>
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <p>{note}</p>}
      </figcaption>
      <div className={styles.area}>
        <div className={styles.axis} aria-hidden="true">
          {scale.ticks.map((tick) => (
            <span key={tick} style={{ bottom: `${scale.at(tick) * 100}%` }}>
              {format(tick)}
            </span>
          ))}
        </div>
        <div className={styles.field}>
          <svg
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            aria-hidden="true"
            onPointerMove={move}
            onPointerLeave={() => point(undefined)}
          >
            {scale.ticks.map((tick) => (
              <line
                key={tick}
                className={tick === scale.ticks[0] ? styles.foot : styles.grid}
                x1={0}
                x2={width}
                y1={(1 - scale.at(tick)) * height}
                y2={(1 - scale.at(tick)) * height}
              />
            ))}
            {pointed === undefined ? null : (
              <rect
                className={styles.pointed}
                x={(at / points.length) * width}
                width={width / points.length}
                y={0}
                height={height}
              />
            )}
            <Shapes {...props} scale={scale} />
            {limit === undefined ? null : (
              <line
                className={styles.limit}
                x1={0}
                x2={width}
                y1={(1 - scale.at(limit.value)) * height}
                y2={(1 - scale.at(limit.value)) * height}
              />
            )}
          </svg>
          {limit === undefined ? null : (
            <span className={styles.limitName} style={{ bottom: `${scale.at(limit.value) * 100}%` }} aria-hidden="true">
              {limit.name}
            </span>
          )}
        </div>
        <div className={styles.labels} aria-hidden="true">
          {labelled(points.length).map((index) => (
            <span key={index} style={{ left: `${((index + 0.5) / points.length) * 100}%` }}>
              {brief(points[index]?.label ?? '')}
            </span>
          ))}
        </div>
      </div>
      <ul className={styles.legend}>
        {shown === undefined ? null : <li className={styles.when}>{shown.label}</li>}
        {series.map(({ key, name, tone }, index) => (
          <li key={key}>
            <span className={styles.key} data-tone={tone} aria-hidden="true" />
            {name} <b>{shown?.values[index] === undefined ? '–' : format(shown.values[index])}</b>
          </li>
        ))}
      </ul>
      <details className={styles.table}>
        <summary>{texts.plots.asTable}</summary>
        <SmallTable
          caption={title}
          isCompared
          rows={points.toReversed()}
          rowKey={({ label }) => label}
          columns={[
            { key: 'point', title: pointTitle, isMain: true, cell: ({ label }) => label },
            ...series.map(({ key, name }, index) => ({
              key,
              title: name,
              align: 'end' as const,
              cell: ({ values }: PlotPoint) => (values[index] === undefined ? '–' : format(values[index])),
            })),
          ]}
        />
      </details>
    </figure>
  );
};
