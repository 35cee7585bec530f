import { Component, type ReactNode } from 'react';
import { PageFailure } from '../components/states.tsx';
import { PageNotLoaded } from './loaded.tsx';

interface Props {
  /** Path of the page: another page has not failed. */
  readonly path: string;
  readonly children: ReactNode;
}

/** Shows a failure of the page itself in its place, until another page is opened. */
export class Boundary extends Component<Props, { readonly error?: Error | undefined }> {
  override state: { readonly error?: Error | undefined } = {};

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override componentDidUpdate({ path }: Props): void {
    if (path !== this.props.path && this.state.error !== undefined) this.#again(this.state.error);
  }

  #again(error: Error): void {
    if (error instanceof PageNotLoaded) error.again();
    this.setState({ error: undefined });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const isMissing = error instanceof PageNotLoaded;
    return (
      <PageFailure
        isMissing={isMissing}
        message={error.message}
        retry={() => (isMissing ? this.#again(error) : location.reload())}
      />
    );
  }
}
