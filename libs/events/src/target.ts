/** The record that an `operator.acted` is about, as one service consumed it. */
export interface Target {
  /** A service, or `view` for the read model. */
  readonly app: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** `<app>/<topic>/<partition>/<offset>` */
export const targetOf = ({ app, topic, partition, offset }: Target): string => `${app}/${topic}/${partition}/${offset}`;

const form = /^([a-z-]+)\/([a-z.]+)\/(0|[1-9]\d{0,5})\/(0|[1-9]\d{0,15})$/;

export const targetIn = (text: string): Target | undefined => {
  const [, app, topic, partition, offset] = form.exec(text) ?? [];
  return app === undefined || topic === undefined
    ? undefined
    : { app, topic, partition: Number(partition), offset: Number(offset) };
};
