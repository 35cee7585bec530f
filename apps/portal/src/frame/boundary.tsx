import { Component, type ReactNode } from 'react';
import { ApiFailure } from '../api/failure.ts';
import { FailureView } from '../components/states.tsx';

/** Shows a failure of the page itself, such as a file of a release that is gone, in the place of the page. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: Error }> {
  override state: { readonly error?: Error } = {};

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <FailureView of={new ApiFailure(500, 'Page', error.message)} retry={() => location.reload()} />;
  }
}
