import { Component, type ReactNode } from 'react'
import { Button } from './button.tsx'

/**
 * Around a page: one that cannot be shown does not take the others with it. Usually its file is not there any more, because the service
 * was replaced by another version while this tab was open. Give it the address as its key, so that another page begins anew.
 */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }

  static getDerivedStateFromError() {
    return { failed: true }
  }

  override render() {
    if (!this.state.failed) return this.props.children
    return (
      <div role="alert">
        <h1 className="mb-2 text-lg font-semibold">This page cannot be shown</h1>
        <p className="mb-3">The service may have been replaced by another version, or it does not answer.</p>
        <Button kind="main" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </div>
    )
  }
}
